import { describe, expect, it } from "vitest";
import { allowedHosts } from "../../../gateway/hosts.ts";

const own = ["localhost", "127.0.0.1", "::1"];

describe("the names by which a gateway may be called", () => {
  it.each([
    ["127.0.0.1", [], ["127.0.0.1", "localhost", "::1"]],
    ["::1", [], ["::1", "localhost", "127.0.0.1"]],
    ["192.0.2.7", [], ["192.0.2.7", ...own]],
    ["192.0.2.7", ["llm.example.org"], ["llm.example.org", "192.0.2.7", ...own]],
    ["0.0.0.0", ["llm.example.org", "llm"], ["llm.example.org", "llm", ...own]],
    ["::", ["llm.example.org"], ["llm.example.org", ...own]],
    ["192.0.2.7", ["localhost", "192.0.2.7"], ["localhost", "192.0.2.7", "127.0.0.1", "::1"]],
  ])("on %s with %j are %j, each once", (address, names, hosts) => {
    expect(allowedHosts(address, names)).toEqual(hosts);
  });
});
