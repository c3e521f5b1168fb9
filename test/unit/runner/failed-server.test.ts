import { describe, expect, it } from "vitest";
import { failedServer } from "../../../runner/failed-server.ts";
import type { RecordedResource } from "../../../runner/local-state.ts";

function server(id: string, old = false): RecordedResource {
  const type = "docker:index/container:Container";
  return { type, urn: `urn:pulumi:dev::gemma::${type}::ollama-container`, id, ...(old ? { delete: true } : {}) };
}

function gate(container: string): RecordedResource {
  const type = "command:local:Command";
  const inputs = { stdin: JSON.stringify({ container }) };
  return { type, urn: `urn:pulumi:dev::gemma::${type}::readiness-command`, inputs };
}

describe("the server of an update that failed", () => {
  it("is the one that did not pass its gate, beside the one before it that did", () => {
    expect(failedServer({ resources: [server("new"), server("old", true), gate("old")] })).toBe("new");
  });

  it.each<[string, readonly RecordedResource[]]>([
    ["nothing is written down", []],
    ["the server passed its gate", [server("one"), gate("one")]],
    ["the new one passed, and the old one only has to go", [server("new"), server("old", true), gate("new")]],
    ["it is alone, as the old one went first", [server("new"), gate("old")]],
    ["neither passed", [server("newest"), server("new", true), gate("old")]],
    ["no gate was ever passed", [server("new"), server("old", true)]],
  ])("is none where %s", (_, resources) => {
    expect(failedServer({ resources })).toBeUndefined();
  });

  it("is the last one of several that failed", () => {
    const resources = [server("newest"), server("new", true), server("old", true), gate("old")];
    expect(failedServer({ resources })).toBe("newest");
  });

  it("is not the gateway's container", () => {
    const type = "docker:index/container:Container";
    const gateway = { type, urn: `urn:pulumi:dev::gemma::${type}::gateway-container`, id: "gateway" };
    expect(failedServer({ resources: [gateway, server("old"), gate("old")] })).toBeUndefined();
  });
});
