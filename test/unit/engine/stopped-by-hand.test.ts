import { describe, expect, it } from "vitest";
import { isStoppedByHand } from "../../../engine/stopped-by-hand.ts";

const ended = ({ status = "exited", error = "", outOfMemory = false, policy = "unless-stopped" }) => ({
  State: { Status: status, Error: error, OOMKilled: outOfMemory },
  HostConfig: { RestartPolicy: { Name: policy } },
});

describe("a container that somebody stopped", () => {
  it.each([
    ["has ended and is not started again", {}, true],
    ["is not started again by `always` either", { policy: "always" }, true],
    ["is not known from one that may end by itself, without a policy", { policy: "no" }, false],
    ["nor under on-failure", { policy: "on-failure" }, false],
    ["is not one that Docker starts again after a crash", { status: "restarting" }, false],
    ["is not one that runs", { status: "running" }, false],
    ["is not one that was never started", { status: "created" }, false],
    ["is not one that cannot be started", { error: "driver failed programming external connectivity" }, false],
    ["is not one that was out of memory", { outOfMemory: true }, false],
  ])("%s", (_, what, stopped) => {
    expect(isStoppedByHand(ended(what))).toBe(stopped);
  });
});
