import { describe, expect, it } from "vitest";
import { requireSameEngine } from "../../../runner/same-engine.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { failureOf } from "../support/temp-folder.ts";

/** What tells the fake engine from others. */
const id = "engine-1 /var/lib/docker";

/** What is written down of a stack with a network in an engine. */
const stackIn = (engine: { endpoint: string; id: string } | undefined, type = "docker:index/network:Network") => ({
  resources: [
    { type: "pulumi:pulumi:Stack", outputs: { engine } },
    { type: "pulumi:providers:docker", inputs: engine === undefined ? {} : { host: engine.endpoint } },
    { type, id: "1" },
  ],
});

/** The same after a first run that failed before it had outputs. */
const failedIn = (host: string) => {
  const { resources } = stackIn({ endpoint: host, id: "" });
  return { resources: resources.map((resource) => ({ ...resource, outputs: {} })) };
};

describe("the engine of a stack", () => {
  it.each([
    ["there is no stack", () => ({})],
    ["the stack has no networks", () => stackIn({ endpoint: "unix:///other", id: "other" }, "other:index:Type")],
    ["an earlier version has not written its engine down", () => stackIn(undefined)],
    ["it is the chosen one", (endpoint: string) => stackIn({ endpoint, id })],
    ["it was installed anew at the same place", (endpoint: string) => stackIn({ endpoint, id: "before" })],
  ])("has not moved when %s", async (_, deployment) => {
    const endpoint = fakeEngine();
    fakeDocker({ endpoint });
    expect(await requireSameEngine("dev", deployment(endpoint))).toBe(false);
  });

  it("has moved when it is reached by another endpoint", async () => {
    fakeDocker();
    expect(await requireSameEngine("dev", stackIn({ endpoint: "unix:///old", id }))).toBe(true);
  });

  it.each([
    ["another ID", () => fakeEngine("engine-2")],
    // Before 25, engines that share /etc/docker share an ID.
    ["the same ID and other data", () => fakeEngine("engine-1", "/mnt/docker")],
  ])("has to be the chosen one, which has %s", async (_, other) => {
    const endpoint = other();
    fakeDocker({ endpoint });
    const refused = requireSameEngine("dev", stackIn({ endpoint: "unix:///old", id }));
    expect(await failureOf(refused)).toBe(
      `The stack dev is in the engine unix:///old, and the chosen one is ${endpoint}; nothing was changed. ` +
        "Choose that engine again with DOCKER_HOST or `docker context use`; to move the stack, take it down there first; " +
        "if that engine is gone for good, `pulumi stack rm --force dev` forgets what was in it",
    );
  });

  it("is asked who it is when a first run has failed", async () => {
    const [one, other] = [fakeEngine("engine-1"), fakeEngine("engine-2")];
    fakeDocker({ endpoint: one });
    expect(await requireSameEngine("dev", failedIn(one))).toBe(false);
    expect(await requireSameEngine("dev", failedIn(fakeEngine("engine-1")))).toBe(true);
    expect(await failureOf(requireSameEngine("dev", failedIn(other)))).toContain(
      `The stack dev is in the engine ${other}, and the chosen one is ${one}`,
    );
  });
});
