import { about } from "../config/about.ts";
import { ollama } from "../config/ollama.ts";
import type { StackConfig } from "../config/schema.ts";
import { homePath, modelsPath, ollamaPort } from "../ollama/server.ts";

/** Tuning of an Ollama server. */
export type OllamaTuning = StackConfig["ollama"];

/** What the server is given whatever the configuration says. */
const fixed: Readonly<Record<string, string>> = {
  HOME: homePath,
  OLLAMA_HOST: `0.0.0.0:${ollamaPort}`,
  OLLAMA_MODELS: modelsPath,
  // Pruning at start would delete an interrupted download, and weights whose manifest is damaged.
  OLLAMA_NOPRUNE: "1",
};

/** The variable that each key of the tuning sets, with the value that is written into it. */
function variables(tuning: OllamaTuning): Record<string, string | undefined> {
  const set = Object.entries(ollama.shape).flatMap(([key, schema]) => {
    const { variable, write = String as (value: never) => string | undefined } = about.get(schema) ?? {};
    const value = tuning[key as keyof OllamaTuning];
    return variable === undefined ? [] : [[variable, value === undefined ? undefined : write(value as never)] as const];
  });
  return Object.fromEntries(set);
}

/** Environment of the server, sorted by name so that only real changes show in a preview. */
export function ollamaEnvironment(tuning: OllamaTuning): Readonly<Record<string, string>> {
  const all = Object.entries({ ...fixed, ...variables(tuning), ...tuning.env });
  const set = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The slice of container arguments with the server's environment. */
export function environmentArgs(environment: Readonly<Record<string, string>>) {
  return { envs: Object.entries(environment).map(([name, value]) => `${name}=${value}`) };
}
