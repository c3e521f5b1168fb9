import { parseArgs, type ParseArgsConfig } from "node:util";
import { exitStatus } from "./exit-status.ts";
import { Failure, reasonOf } from "./failure.ts";

/**
 * Reads the options of a command line.
 * @throws Failure that names what is not known, and ends with how to write the command
 */
export function readOptions<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Failure(`${reasonOf(error)}\n${usage}`, exitStatus.usage);
  }
}

/**
 * The one stack that a command line names, as `NAME` or `-s NAME`.
 *
 * `npm run health -s dev` keeps `-s` to itself, so the bare name has to do.
 * @throws Failure that says how to write the command
 */
export function oneStack(named: string | undefined, positionals: readonly string[], usage: string): string {
  const [stack, ...others] = [...(named === undefined ? [] : [named]), ...positionals];
  if (stack === undefined || others.length > 0)
    throw new Failure(`Name one stack, for example: ${usage}`, exitStatus.usage);
  return stack;
}

/** The stack of a command that takes nothing else. */
export function stackArgument(script: string): string {
  const usage = `npm run ${script} -s dev`;
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { stack: { type: "string", short: "s" } } },
    usage,
  );
  return oneStack(values.stack, positionals, usage);
}
