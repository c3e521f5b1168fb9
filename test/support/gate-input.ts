import type { ModelReadiness } from "../../ollama/gate.ts";
import { chatModel } from "../unit/support/gate-server.ts";
import { embeddingModel, model, type TestRegistry } from "./fixtures.ts";

/** Slow as the machine of a test may be. */
const common = { ...chatModel, minTokensPerSecond: 0.1 };

/** What the gate asks of the tests' model. */
export function chatReadiness(registry: TestRegistry): ModelReadiness {
  return { ...common, model, digest: registry.digest, for: ["chat"] };
}

/** What the gate asks of the tests' model that makes vectors. */
export function embeddingReadiness({ embedding }: TestRegistry): ModelReadiness {
  return { ...common, model: embeddingModel, digest: embedding.digest, for: ["embedding"], vectorLength: 384 };
}
