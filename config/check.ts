import { objectKeys, parseConfig } from "./parse.ts";
import { describeProblems, type RawConfig } from "./problems.ts";
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

/** This project's keys, with the objects that Pulumi hands over as JSON. */
function ownKeys(values: Readonly<Record<string, string>>): RawConfig {
  const own = Object.entries(values).filter(([key]) => key.startsWith(namespace));
  return Object.fromEntries(
    own.map(([fullKey, text]) => {
      const key = fullKey.slice(namespace.length);
      return [key, objectKeys.includes(key) ? parseJson(text) : text];
    }),
  );
}

/**
 * Checks a stack's configuration.
 * @param values - as Pulumi hands them to a program: full keys, values as text
 * @param stack - only names the file in which problems are looked up
 */
export async function checkConfig(values: Readonly<Record<string, string>>, stack: string): Promise<Checked> {
  const raw = ownKeys(values);
  const { config, problems } = parseConfig(raw);
  if (config) return { config: resolveConfig(config) };
  // Line numbers need a YAML parser, which a healthy preview should not spend its time on.
  const { locateIn } = await import("./locate.ts");
  return { message: describeProblems(problems, raw, locateIn(`Pulumi.${stack}.yaml`)) };
}
