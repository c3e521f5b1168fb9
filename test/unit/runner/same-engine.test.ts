import { describe, expect, it } from "vitest";
import { requireSameEngine } from "../../../runner/same-engine.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { failureOf } from "../support/temp-folder.ts";

/** What is written down of a stack with a container in an engine. */
const stackIn = (engine: object | undefined, type = "docker:index/container:Container") => ({
  resources: [
    { type: "pulumi:pulumi:Stack", outputs: { engine } },
    { type, id: "1" },
  ],
});

describe("the engine of a stack", () => {
  it.each([
    ["there is no stack", () => ({})],
    ["the stack has no containers", () => stackIn({ endpoint: "unix:///other", id: "other" }, "other:index:Type")],
    ["an earlier version has not written its engine down", () => stackIn(undefined)],
    ["it is the chosen one", (endpoint: string) => stackIn({ endpoint, id: "engine-1" })],
    ["it was installed anew at the same place", (endpoint: string) => stackIn({ endpoint, id: "before" })],
  ])("has not moved when %s", async (_, deployment) => {
    const endpoint = fakeEngine();
    fakeDocker({ endpoint });
    expect(await requireSameEngine("dev", deployment(endpoint))).toBe(false);
  });

  it("has moved when it is reached by another endpoint", async () => {
    fakeDocker();
    expect(await requireSameEngine("dev", stackIn({ endpoint: "unix:///old", id: "engine-1" }))).toBe(true);
  });

  it("has to be the chosen one", async () => {
    const endpoint = fakeEngine("engine-2");
    fakeDocker({ endpoint });
    const refused = requireSameEngine("dev", stackIn({ endpoint: "unix:///old", id: "engine-1" }));
    expect(await failureOf(refused)).toBe(
      `The stack dev is in the engine unix:///old, and the chosen one is ${endpoint}; nothing was changed. ` +
        "Choose that engine again with DOCKER_HOST or `docker context use`, and to move the stack take it down there first",
    );
  });
});
