import { constants } from "node:os";

/** What the exit statuses of scripts and commands tell; offline/scripts/bootstrap.sh has the same. */
export const exitStatus = {
  /** Something failed; the message says what, and what to do. */
  failed: 1,
  /** The command was written wrongly. */
  usage: 2,
  /** The host is not ready, or what was asked for is refused; whatever served goes on. */
  refused: 3,
  /** The package, or what was read of it, cannot be trusted or is damaged. */
  untrusted: 4,
  /** The new version failed, and the old one serves. */
  oldServes: 5,
  /** Another run is at work. */
  busy: 6,
  /** Nothing of this service is there. */
  absent: 7,
} as const;

/** Exit status of what a signal has ended, as shells have it. */
export function statusOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
