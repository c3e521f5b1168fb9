import { Failure, reasonOf } from "./failure.ts";

/** Runs a command's body; a problem becomes one message on stderr and exit status 1. */
export async function main(body: () => Promise<void> | void): Promise<void> {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`${error instanceof Failure ? error.message : reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** Reads the arguments that a component sent as JSON on standard input. */
export async function readInput<Input>(): Promise<Input> {
  const chunks = (await process.stdin.toArray()) as Buffer[];
  return JSON.parse(Buffer.concat(chunks).toString()) as Input;
}

/**
 * Reads a stack's name from the command line, as `NAME` or `-s NAME`.
 *
 * `npm run health -s dev` keeps `-s` to itself, so the bare name has to do.
 */
export function stackArgument(script: string): string {
  const args = process.argv.slice(2);
  const named = args.findIndex((arg) => arg === "-s" || arg === "--stack");
  const stack = named >= 0 ? args[named + 1] : args.find((arg) => !arg.startsWith("-"));
  if (stack === undefined) throw new Failure(`Name the stack, for example: npm run ${script} -s dev`);
  return stack;
}
