import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { measureBoth } from "../../../../operations/tune/try-changes.ts";
import { statusOfSignal } from "../../../../support/exit-status.ts";
import { Failure } from "../../../../support/failure.ts";

beforeEach(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A trial that writes down its steps, in one of which something comes between. */
function trial(between: Readonly<Record<string, () => void>> = {}, keep = false) {
  const steps: string[] = [];
  const step = (name: string) => () => {
    steps.push(name);
    const times = steps.filter((each) => each === name).length;
    between[`${name} ${times}`]?.();
    return Promise.resolve();
  };
  const subject = { stack: "prod", data: undefined, keep, put: step("put"), back: step("back") };
  const run = () => measureBoth(subject, { bringUp: step("up"), measure: step("measure") });
  return { steps, run };
}

describe("a trial of values", () => {
  it("measures before and after, and puts the values of before back unless they are kept", async () => {
    const [once, kept] = [trial(), trial({}, true)];
    await once.run();
    await kept.run();
    expect(once.steps).toEqual(["measure", "put", "up", "measure", "back", "up"]);
    expect(kept.steps).toEqual(["measure", "put", "up", "measure"]);
  });

  it("puts the values of before back and brings the stack up with them when a step fails", async () => {
    const failure = new Failure("no memory");
    const { steps, run } = trial({
      "up 1": () => {
        throw failure;
      },
    });
    await expect(run()).rejects.toBe(failure);
    expect(steps).toEqual(["measure", "put", "up", "back", "up"]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "puts the values of before back when %s stops it, whatever it is at",
    async (signal) => {
      const stop = () => void process.emit(signal, signal);
      const message = "Interrupted; the values of before are in the file again. Bring the stack up for them to hold";
      for (const [at, steps] of [
        ["put 1", ["measure", "put", "back"]],
        ["up 1", ["measure", "put", "up", "back"]],
        ["measure 2", ["measure", "put", "up", "measure", "back"]],
      ] as const) {
        const stopped = trial({ [at]: stop }, true);
        await expect(stopped.run()).rejects.toEqual(new Failure(message, statusOfSignal(signal)));
        expect(stopped.steps).toEqual(steps);
      }
      const early = trial({ "measure 1": stop });
      await expect(early.run()).rejects.toEqual(new Failure("Interrupted", statusOfSignal(signal)));
      expect(early.steps).toEqual(["measure"]);
    },
  );
});
