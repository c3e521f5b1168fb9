import type { ModelReadiness } from "../../ollama/gate.ts";
import { embeddingModel, model, type TestRegistry } from "./fixtures.ts";

const common = {
  preload: false,
  keepAlive: null,
  contextLength: null,
  vectorLength: null,
  korean: false,
  prompt: "The capital of France is",
  pattern: "Paris",
  minTokensPerSecond: 0.1,
};

/** What the gate asks of the tests' model. */
export function chatReadiness(registry: TestRegistry): ModelReadiness {
  return { ...common, model, digest: registry.digest, for: ["chat"] };
}

/** What the gate asks of the tests' model that makes vectors. */
export function embeddingReadiness({ embedding }: TestRegistry): ModelReadiness {
  return { ...common, model: embeddingModel, digest: embedding.digest, for: ["embedding"], vectorLength: 384 };
}
