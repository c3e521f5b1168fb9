import type { Purpose } from "./purposes.ts";
import catalogue from "./models.json" with { type: "json" };

/** Licence a model is distributed under, with the notice that has to travel with the weights. */
export interface ModelLicense {
  /** SPDX identifier, or `LicenseRef-` and a name where SPDX has none. */
  readonly spdx: string;
  /** Where the terms are published. */
  readonly url: string;
  /** Text of the NOTICE file that the terms ask for; null where the licence's own text is enough, which the model carries. */
  readonly notice: string | null;
}

/** What a model takes while it is loaded, bytes. */
interface MemoryFigures {
  /** KV cache per token of context at f16. */
  readonly kvBytesPerToken: number;
  /** Compute buffers of the runner. */
  readonly computeBytes: number;
  /** Weights that a GPU can hold, the others stay in host memory; null where nobody has told. */
  readonly gpuOffloadBytes: number | null;
}

/** What is known about a model before a byte of it is downloaded. */
export interface CatalogueModel {
  /** All that it can be for. */
  readonly for: readonly Purpose[];
  /** sha256 of its manifest as Ollama's library serves it; pins every blob. */
  readonly digest: string;
  /** Sum of all layers and the config, bytes. */
  readonly bytes: number;
  /** Parameter count as Ollama reports it; null where nobody has told. */
  readonly parameters: string | null;
  /** Quantisation of the weights. */
  readonly quantization: string;
  /** Longest context it was trained for, tokens. */
  readonly contextLength: number;
  /** Length of its vectors, of a model for embedding. */
  readonly vectorLength?: number;
  /** Kinds of input Ollama accepts for it. */
  readonly takes: readonly string[];
  /** ISO 639 codes of languages that it is known to know, among others. */
  readonly languages: readonly string[];
  /** Key of {@link licenses}. */
  readonly license: string;
  /** Oldest Ollama that runs it, `0.20.0`; null where nobody has told. */
  readonly leastOllama: string | null;
  readonly memory: MemoryFigures & {
    /** Where each figure comes from. */
    readonly sources: Readonly<Record<keyof MemoryFigures, string>>;
  };
}

/** Licences by the key that models.json uses. */
export const licenses: Readonly<Record<string, ModelLicense>> = {
  gemma: {
    spdx: "LicenseRef-Gemma",
    url: "https://ai.google.dev/gemma/terms",
    notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
  },
  "apache-2.0": { spdx: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0", notice: null },
  mit: { spdx: "MIT", url: "https://opensource.org/license/mit", notice: null },
};

/** Tags that were seen to name other bytes than before, with the tag to write in their place. */
export const movingTags: ReadonlyMap<string, string> = new Map([
  // Between 2026-09-18 and 2026-10-02 from 9.6 GB of 8.0B parameters to 6.6 GB of 7.5B.
  ["gemma4:e4b", "gemma4:e4b-it-qat"],
]);

/** The entry of a model, or undefined when config/models.json does not have it. */
export function findModel(name: string): CatalogueModel | undefined {
  return (catalogue as Readonly<Record<string, CatalogueModel>>)[name];
}

/** Names that config/models.json has. */
export const modelNames: readonly string[] = Object.keys(catalogue);
