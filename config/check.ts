import { existsSync, readFileSync } from "node:fs";
import { encodingProblem } from "./encoding.ts";
import { objectKeys, parseConfig } from "./parse.ts";
import { describeProblems, secretMark, type Problem, type RawConfig } from "./problems.ts";
import { resolveConfig, type ResolvedConfig } from "./resolve.ts";

const namespace = "gemma:";

/** Result of checking a stack's configuration: all is well, or one message with every problem. */
export type Checked =
  | { readonly config: ResolvedConfig; readonly message?: undefined }
  | { readonly config?: undefined; readonly message: string };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema then says that it is not an object.
    return text;
  }
}

/** A stack's configuration as Pulumi hands it to a program: full keys, values as text with objects as JSON. */
export interface StackValues {
  readonly values: Readonly<Record<string, string>>;
  /** Keys that hold an encrypted value. */
  readonly secretKeys: readonly string[];
}

/** Pulumi's own settings, which mean nothing to the program. */
const pulumiNamespace = "pulumi:";

/** The keys of a stack, this project's without their namespace, with the objects that Pulumi hands over as JSON. */
function rawKeys({ values, secretKeys }: StackValues): RawConfig {
  const keys = Object.entries(values).filter(([key]) => !key.startsWith(pulumiNamespace));
  return Object.fromEntries(
    keys.map(([fullKey, text]) => {
      const key = fullKey.startsWith(namespace) ? fullKey.slice(namespace.length) : fullKey;
      if (secretKeys.includes(fullKey)) return [key, secretMark];
      return [key, objectKeys.includes(key) ? parseJson(text) : text];
    }),
  );
}

/** What is wrong with a stack's file as a whole. */
function fileProblem(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  const encoding = encodingProblem(bytes);
  if (encoding !== undefined) return encoding;
  // The mark that some editors put before UTF-8 is none of its letters.
  if (/^\ufeff?config:/m.test(bytes.toString())) return undefined;
  return "got no config; write the stack's keys below config:, for example gemma:delivery: pull, or config: {} for a stack with the defaults alone";
}

/**
 * Checks a stack's configuration.
 * @param stack - only names the file in which problems are looked up
 */
export async function checkConfig(values: StackValues, stack: string): Promise<Checked> {
  const file = `Pulumi.${stack}.yaml`;
  const whole = fileProblem(file);
  if (whole !== undefined)
    return { message: `The configuration has a problem; nothing was changed.\n  ${file}: ${whole}` };
  const { config, problems } = parseConfig(rawKeys(values));
  if (config) return { config: resolveConfig(config) };
  return { message: await problemsText(problems, values, stack) };
}

/** Problems of a stack's configuration as one message, with file and line. */
export async function problemsText(problems: readonly Problem[], values: StackValues, stack: string): Promise<string> {
  // Line numbers need a YAML parser, which a healthy preview should not spend its time on.
  const { locateIn } = await import("./locate.ts");
  return describeProblems(problems, rawKeys(values), locateIn(`Pulumi.${stack}.yaml`));
}
