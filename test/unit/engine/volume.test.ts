import { describe, expect, it } from "vitest";
import { isForeignVolume } from "../../../engine/volume.ts";
import { fakeEngine } from "../support/fake-engine.ts";

const labels = { "io.chatgemma.stack": "gemma/dev", "io.chatgemma.state": "0123456789ab" };

describe("isForeignVolume", () => {
  it.each([
    ["none is there", undefined, false],
    ["the stack has made it", labels, false],
    ["it has no labels", null, true],
    ["Compose has made it", { "com.docker.compose.project": "chat" }, true],
    ["a stack of another state has made it", { ...labels, "io.chatgemma.state": "ba9876543210" }, true],
  ])("where %s: %j is %s", async (_, found, foreign) => {
    const answers: Record<string, object> = found === undefined ? {} : { "/volumes/models": { Labels: found } };
    const endpoint = fakeEngine(undefined, undefined, answers);
    expect(await isForeignVolume(endpoint, "models", labels)).toBe(foreign);
  });
});
