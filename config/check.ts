import { objectKeys, parseConfig } from "./parse.ts";
import { describeProblems, secretMark, type RawConfig } from "./problems.ts";
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

/** This project's keys, with the objects that Pulumi hands over as JSON. */
function ownKeys({ values, secretKeys }: StackValues): RawConfig {
  const own = Object.entries(values).filter(([key]) => key.startsWith(namespace));
  return Object.fromEntries(
    own.map(([fullKey, text]) => {
      const key = fullKey.slice(namespace.length);
      if (secretKeys.includes(fullKey)) return [key, secretMark];
      return [key, objectKeys.includes(key) ? parseJson(text) : text];
    }),
  );
}

/**
 * Checks a stack's configuration.
 * @param stack - only names the file in which problems are looked up
 */
export async function checkConfig(values: StackValues, stack: string): Promise<Checked> {
  const raw = ownKeys(values);
  const { config, problems } = parseConfig(raw);
  if (config) return { config: resolveConfig(config) };
  // Line numbers need a YAML parser, which a healthy preview should not spend its time on.
  const { locateIn } = await import("./locate.ts");
  return { message: describeProblems(problems, raw, locateIn(`Pulumi.${stack}.yaml`)) };
}
