import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { codeVersion } from "./code-version.ts";

/** What a command is sent, as far as it is known before other resources are there. */
export type CommandInput<Sent> = { readonly [Key in keyof Sent]: pulumi.Input<Sent[Key]> };

/** Arguments of {@link programCommand}; `Sent` is what the script declares to read. */
export interface ProgramCommandArgs<Sent> {
  /** File in commands/ that does the work. */
  readonly script: string;
  /** What the script reads as JSON on standard input; a change runs it again. */
  readonly input: CommandInput<Sent>;
  /**
   * Whether another version of the script's code runs it again.
   * @default true
   */
  readonly rerun?: boolean;
  /**
   * What becomes of its standard output: `shown` in the output of `up`, for the program alone and `kept` for its next
   * run, which gets it in `PULUMI_COMMAND_STDOUT`, or `secret`, for the program alone and encrypted in the state.
   * @default shown
   */
  readonly output?: "shown" | "kept" | "secret";
  /** What has it run as a new step when it is another value, without what the one before has printed. */
  readonly triggers?: unknown[];
}

/**
 * Shell command that runs one of the files in commands/.
 *
 * Relative, because the plugin runs in the project's folder and a path of this machine must not get into the state.
 */
export function runScript(script: string): string {
  return `node --use-system-ca --use-env-proxy commands/${script}`;
}

/** Environment by which a step records the version of its code. */
export function codeEnvironment(script: string): Record<string, string> {
  return { GEMMA_CODE: codeVersion(script) };
}

/** A step of `pulumi up` that runs one of this program's own commands; its lines appear in the output of `up`. */
export function programCommand<Sent extends object>(
  name: string,
  { script, input, rerun = true, output = "shown", triggers }: ProgramCommandArgs<Sent>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return new command.local.Command(
    name,
    {
      create: runScript(script),
      stdin: pulumi.jsonStringify(input),
      // In place: a trigger would replace the step, and with it what it may undo.
      ...(rerun ? { environment: codeEnvironment(script) } : {}),
      ...(triggers === undefined ? {} : { triggers }),
      ...(output === "secret" ? { addPreviousOutputInEnv: false } : {}),
      logging: output === "shown" ? command.local.Logging.StdoutAndStderr : command.local.Logging.Stderr,
    },
    output === "secret" ? { ...opts, additionalSecretOutputs: ["stdout"] } : opts,
  );
}
