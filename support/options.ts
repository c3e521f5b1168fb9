import { parseArgs, type ParseArgsConfig } from "node:util";
import { exitStatus } from "./exit-status.ts";
import { Failure, reasonOf } from "./failure.ts";

/** What a command throws that was asked how it is written; its message is the answer. */
export class UsageAsked extends Error {
  override readonly name = "UsageAsked";
}

/** How to write a command, by the name under which it was started: `operate.sh` names the stack itself. */
function asStarted(usage: string): string {
  return process.env["GEMMA_CALLED_FROM"] === undefined
    ? usage
    : usage.replaceAll(/npm run (\S+) -s \S+(?: --)?/g, "operate.sh $1");
}

/**
 * Reads the options of a command line, and `--help` beside them.
 * @throws UsageAsked when that is among them
 * @throws Failure that names what is not known, and ends with how to write the command
 */
export function readOptions<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>> {
  const options: NonNullable<ParseArgsConfig["options"]> = { ...config.options, help: { type: "boolean", short: "h" } };
  try {
    const { help } = parseArgs({ ...config, options }).values as { help?: boolean };
    if (help !== true) return parseArgs(config);
  } catch (error) {
    throw new Failure(`${reasonOf(error)}\n${asStarted(usage)}`, exitStatus.usage);
  }
  throw new UsageAsked(`usage: ${asStarted(usage)}`);
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
