import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { variableProblems } from "./environment-variables.ts";
import { keysBelow, plain } from "./keys.ts";
import { parseModelName } from "./model-name.ts";
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
  const known = keysBelow(path);
  return issue.keys.map((unknown) => ({
    path: [...path, unknown],
    message: unknownKey(unknown, known),
  }));
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0) return "unknown key; remove it";
  const near = closest(key, known);
  // Half of it the same: more is no misspelling any more.
  const meant = distance(key.toLowerCase(), near.toLowerCase()) <= key.length / 2 ? `did you mean ${near}? ` : "";
  return `unknown key; ${meant}the keys here are ${known.join(", ")}`;
}

/** Keys of other projects would be taken for nothing, and the stack deployed with defaults in their place. */
function foreignKey(key: string, known: readonly string[]): string {
  if (key.startsWith("docker:"))
    return "the engine is chosen with DOCKER_HOST, DOCKER_CONTEXT or `docker context use`, which everything follows: remove it";
  const [namespace = "", ...rest] = key.split(":");
  const name = rest.join(":");
  return `${namespace} is no namespace of this project: write ${meant(key, namespace, name, known)}, or remove it`;
}

/** The name that a key with another namespace most likely stands for. */
function meant(key: string, namespace: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return `gemma:${name}`;
  if (known.includes(namespace) && keysBelow([namespace]).includes(name)) return `${name} below gemma:${namespace}`;
  return closest(
    key,
    known.map((full) => `gemma:${full}`),
  );
}

function unknownMessage(key: string, value: unknown, known: readonly string[]): string {
  if (key === "model") return severalModels(value);
  return key.includes(":") ? foreignKey(key, known) : unknownKey(key, known);
}

/** What stands in the place of the key of versions that served one model. */
function severalModels(value: unknown): string {
  const object = typeof value === "string" && parseModelName(value) ? { name: value } : value;
  const { name, digest } = (typeof object === "object" && object !== null ? object : {}) as RawConfig;
  const text = (part: unknown) => (typeof part === "string" ? part : undefined);
  const pin = text(digest) === undefined ? [] : [`    digest: ${text(digest)}`];
  const lines = ["gemma:models:", `  - name: ${text(name) ?? "gemma3n:e4b"}`, ...pin];
  return `a stack serves a list of models now; write in its place\n${lines.map((line) => `      ${line}`).join("\n")}`;
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
  const known = Object.keys(configSchema.shape);
  for (const key of Object.keys(raw).filter((name) => !known.includes(name)))
    problems.push({ path: [key], message: unknownMessage(key, raw[key], known) });
  // Where the key of earlier versions stands, the models are a default that is not meant.
  const judged = "model" in raw ? { ...config, models: undefined } : config;
  problems.push(...variableProblems(raw["ollama"]), ...brokenRules(judged));
  return problems.length > 0 ? { problems } : { config: config as StackConfig };
}

/** Names of the keys whose values are objects or lists; Pulumi hands those over as JSON. */
export const objectKeys: readonly string[] = [
  ...Object.entries(configSchema.shape)
    .filter(([, schema]) => plain(schema).shape !== undefined || plain(schema).element !== undefined)
    .map(([key]) => key),
  "model",
];
