import { stringify } from "yaml";
import { fileOf } from "./layout.ts";

/** Tokens of an answer that only shows that a model answers. */
const fewTokens = 8;

/** What Ollama tells of an answer. */
const answerFigures = [
  ["eval_count", "eval_count", "Tokens of the answer"],
  ["eval_duration", "eval_duration_nanoseconds", "Time for them"],
  ["prompt_eval_count", "prompt_eval_count", "Tokens of the prompt that were read"],
  ["prompt_eval_duration", "prompt_eval_duration_nanoseconds", "Time for them"],
  ["load_duration", "load_duration_nanoseconds", "Time to load the model"],
  ["total_duration", "total_duration_nanoseconds", "Time for all of it"],
] as const;

/** Name of the module that asks a model for a few tokens. */
export function generateModule(index: number): string {
  return `generate_${index}`;
}

/**
 * json-exporter.yml: how Ollama's answers become figures.
 * @param token - whether the gateway asks for one, which is in a file
 */
export function jsonExporterText({ models, token }: { models: readonly string[]; token: boolean }): string {
  const access = {
    http_client_config: {
      ...(token ? { authorization: { credentials_file: fileOf("token") } } : {}),
      // It is the stack's own gateway, on a network of this host.
      tls_config: { insecure_skip_verify: true },
    },
  };
  const generate = models.map((model, index): [string, object] => [
    generateModule(index),
    {
      headers: { "Content-Type": "application/json" },
      ...access,
      body: {
        content: JSON.stringify({
          model,
          prompt: "1 2 3 4 5",
          stream: false,
          think: false,
          options: { num_predict: fewTokens, temperature: 0 },
        }),
      },
      metrics: answerFigures.map(([key, name, help]) => ({
        name: `ollama_generation_${name}`,
        help,
        path: `{ .${key} }`,
      })),
    },
  ]);
  return stringify({
    modules: {
      ps: {
        metrics: [
          {
            name: "ollama_loaded_model",
            type: "object",
            help: "A model in memory",
            path: "{ .models[*] }",
            labels: { model: "{ .name }" },
            values: {
              size_bytes: "{ .size }",
              vram_bytes: "{ .size_vram }",
              context_length: "{ .context_length }",
            },
          },
        ],
      },
      ...Object.fromEntries(generate),
    },
  });
}
