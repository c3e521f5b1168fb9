import { describe, expect, it } from "vitest";
import { parseVersion, parseWorkers, reloadFailure, toWorker } from "../../../edge/workers.ts";

describe("workers", () => {
  it("are the one that takes requests in, and after it those that finish theirs", () => {
    const answer = [
      "#<PID>          <type>          <reloads>       <uptime>        <version>      ",
      "1               master          2 [failed: 0]   0d00h00m12s     3.2.26-1       ",
      "# workers",
      "28              worker          0               0d00h00m01s     3.2.26-1       ",
      "# old workers",
      "8               worker          1               0d00h00m12s     3.2.26-1       ",
    ].join("\n");
    expect(parseWorkers(answer)).toEqual([28, 8]);
    expect(parseWorkers("")).toEqual([]);
  });

  it("are asked by their process IDs", () => {
    expect(toWorker(28, "show info")).toBe("@!28 show info");
  });

  it("say which version they run", () => {
    expect(parseVersion("EDGE_VERSION=sha256:00")).toBe("sha256:00");
    expect(parseVersion("Variable not found")).toBeUndefined();
  });
});

describe("a reload", () => {
  it("is told to be a success", () => {
    expect(reloadFailure("Success=1\n--\n[NOTICE]   (1) : Loading success.\n")).toBeUndefined();
  });

  it("fails with what HAProxy says first", () => {
    const answer = [
      "Success=0",
      "--",
      "[NOTICE]   (1) : haproxy version is 3.2.26-1",
      "[ALERT]    (30) : config : parsing [/var/lib/gateway/haproxy.cfg:80] : unknown keyword",
      "[ALERT]    (30) : config : Fatal errors found in configuration.",
    ].join("\n");
    expect(reloadFailure(answer)).toBe("config : parsing [/var/lib/gateway/haproxy.cfg:80] : unknown keyword");
  });

  it.each([
    ["Success=0\n--\nno memory\n", "no memory"],
    ["", "it gave no answer"],
  ])("fails also with %j", (answer, reason) => {
    expect(reloadFailure(answer)).toBe(reason);
  });
});
