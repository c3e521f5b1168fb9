import { mapKeys } from "./wanted-keys.ts";

const usage = mapKeys("prompt_tokens", "completion_tokens", "input_tokens", "cache_read_input_tokens", "output_tokens");

/** What is looked for in answers: the counts of Ollama's API, of OpenAI's both and of Anthropic's, and errors. */
export const answerKeys = mapKeys(
  "error",
  "prompt_eval_count",
  "eval_count",
  "eval_duration",
  ["usage", usage],
  ["response", mapKeys("error", ["usage", usage])],
  ["message", mapKeys(["usage", usage])],
);
