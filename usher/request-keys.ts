import { fields, mapKeys } from "./wanted-keys.ts";

/** Options with which Ollama starts a model anew when they differ from those that it runs with, in all its versions. */
const startOptions = [
  "num_ctx",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "use_mmap",
  "num_thread",
  "draft_num_predict",
  // Those of versions before.
  "numa",
  "low_vram",
  "f16_kv",
  "logits_all",
  "vocab_only",
  "use_mlock",
  "embedding_only",
  "rope_frequency_base",
  "rope_frequency_scale",
  "num_gqa",
] as const;

/** Options that are looked at, as keys of a map. */
const options = mapKeys(...startOptions, "num_predict");

/** Whether an option would have the model loaded again. */
export function disturbs(option: string): boolean {
  return startOptions.some((name) => name === option);
}

/** Keys beside the options that unload a model, keep it for ever, or have it loaded again. */
export const disturbing = ["keep_alive", "shift"] as const;

/** What is looked for in the body of a request. */
export const requestKeys = fields(
  "model",
  "name",
  ...disturbing,
  ["options", options],
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "stream",
  ["stream_options", fields("include_usage")],
);
