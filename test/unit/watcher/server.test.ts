import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { Figures } from "../../../watcher/figures.ts";
import { tell } from "../../../watcher/server.ts";
import { initialState, type State } from "../../../watcher/state.ts";

it("tells since when faults are, what was done last, and when in the last hour", async () => {
  const at = (seconds: number) => new Date(performance.timeOrigin + seconds * 1000).toISOString();
  const state: State = {
    ...initialState(0),
    active: { "stuck-runner": { since: 10, reason: "no progress", tried: { action: "reload", at: 20 }, toldAt: 30 } },
    actions: [5, 20],
    lastAction: { action: "reload", fault: "stuck-runner", at: 20 },
  };
  const server = await tell({ figures: new Figures(), alive: () => true, state: () => state }, 0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/state`);
  expect(await answer.json()).toEqual({
    looking: true,
    faults: [
      {
        fault: "stuck-runner",
        since: at(10),
        reason: "no progress",
        action: "reload",
        actedAt: at(20),
        needsSomebodySince: at(30),
      },
    ],
    actionsInLastHour: [at(5), at(20)],
    lastAction: { action: "reload", fault: "stuck-runner", at: at(20) },
  });
});
