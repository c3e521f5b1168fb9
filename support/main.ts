import { Failure, reasonOf, statusOf } from "./failure.ts";
import { exceptThisHost } from "./proxy.ts";
import { UsageAsked } from "./options.ts";
import { keepLog } from "./run-log.ts";

/** Runs a command's body; a problem becomes one message on stderr, and its exit status. */
export async function main(body: () => Promise<void> | void): Promise<void> {
  // For what it starts as well: Pulumi's own parts find one another on loopback.
  Object.assign(process.env, exceptThisHost(process.env));
  keepLog();
  try {
    await body();
  } catch (error) {
    if (error instanceof UsageAsked) {
      process.stdout.write(`${error.message}\n`);
      return;
    }
    process.stderr.write(`${error instanceof Failure ? error.message : reasonOf(error)}\n`);
    process.exitCode = statusOf(error);
  }
}

/** Reads the arguments that a component sent as JSON on standard input. */
export async function readInput<Input>(): Promise<Input> {
  const chunks = (await process.stdin.toArray()) as Buffer[];
  return JSON.parse(Buffer.concat(chunks).toString()) as Input;
}
