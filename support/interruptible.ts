import { statusOfSignal } from "./exit-status.ts";
import { Failure } from "./failure.ts";
import { onStop } from "./stop-signals.ts";

/** Does some work that a Ctrl-C ends early, so that whoever asked for it can still tidy up. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let interruption: Failure | undefined;
  using _stop = onStop((signal) => {
    interruption ??= new Failure("Interrupted; nothing of the stack was changed", statusOfSignal(signal));
    controller.abort(interruption);
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    throw interruption ?? error;
  }
}
