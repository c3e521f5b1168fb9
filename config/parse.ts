import type { z } from "zod";
import { secretMark, type Problem, type RawConfig } from "./problems.ts";
import { brokenRules } from "./rules.ts";
import { configSchema, type StackConfig } from "./schema.ts";

/** Result of checking a configuration: either all is well or every problem is listed. */
export type Parsed =
  | { readonly config: StackConfig; readonly problems?: undefined }
  | { readonly config?: undefined; readonly problems: readonly Problem[] };

function issueToProblems(key: string, issue: z.core.$ZodIssue): Problem[] {
  const path = [key, ...issue.path.map(String)];
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = knownKeys(path);
  return issue.keys.map((unknown) => ({
    path: [...path, unknown],
    message: `unknown key; ${known.length > 0 ? `the keys here are ${known.join(", ")}` : "remove it"}`,
  }));
}

/** Keys of the object at a path, none when there is no object. */
function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = configSchema;
  for (const name of path) {
    const { shape, element } = plain(schema);
    schema = shape?.[name] ?? element;
  }
  return Object.keys(plain(schema).shape ?? {});
}

/** What a schema is made of, as far as it is of that kind. */
interface SchemaParts {
  readonly shape?: Readonly<Record<string, unknown>> | undefined;
  readonly element?: unknown;
  readonly out?: unknown;
  readonly unwrap?: () => unknown;
}

/** A schema without a default around it and conversions in front of it. */
function plain(schema: unknown): SchemaParts {
  const parts = (schema ?? {}) as SchemaParts;
  if (parts.out !== undefined) return plain(parts.out);
  if (parts.shape !== undefined || parts.element !== undefined || parts.unwrap === undefined) return parts;
  return plain(parts.unwrap());
}

const secretsRefused =
  "an encrypted value would end up readable in `docker inspect` and in the state: no key takes one, write it unencrypted or leave it out";

/** Checks a whole configuration, each key on its own and then the rules between keys, and reports everything at once. */
export function parseConfig(raw: RawConfig): Parsed {
  const config: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    if (raw[key] === secretMark) {
      problems.push({ path: [key], message: secretsRefused });
      continue;
    }
    const result = schema.safeParse(raw[key]);
    if (result.success) config[key] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => issueToProblems(key, issue)));
  }
  for (const key of Object.keys(raw).filter((name) => !Object.hasOwn(configSchema.shape, name))) {
    problems.push({
      path: [key],
      message: `unknown key; the keys are ${Object.keys(configSchema.shape).join(", ")}`,
    });
  }
  problems.push(...brokenRules(config));
  return problems.length > 0 ? { problems } : { config: config as StackConfig };
}

/** Names of the keys whose values are objects; Pulumi hands those over as JSON. */
export const objectKeys: readonly string[] = Object.entries(configSchema.shape)
  .filter(([, schema]) => knownObject(schema))
  .map(([key]) => key);

function knownObject(schema: z.ZodType): boolean {
  return schema.def.type === "object";
}
