import catalogue from "./models.json" with { type: "json" };

/** Licence a model is distributed under, with the notice that has to travel with the weights. */
export interface ModelLicense {
  /** SPDX identifier, or `LicenseRef-` and a name where SPDX has none. */
  readonly spdx: string;
  /** Where the terms are published. */
  readonly url: string;
  /** Text of the NOTICE file that the terms ask for. */
  readonly notice: string;
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
  /** sha256 of its manifest as Ollama's library serves it; pins every blob. */
  readonly digest: string;
  /** Sum of all layers and the config, bytes. */
  readonly bytes: number;
  /** Parameter count as Ollama reports it. */
  readonly parameters: string;
  /** Quantisation of the weights. */
  readonly quantization: string;
  /** Longest context it was trained for, tokens. */
  readonly contextLength: number;
  /** Kinds of input Ollama accepts for it. */
  readonly takes: readonly string[];
  /** Key of {@link licenses}. */
  readonly license: string;
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
};

/** The entry of a model, or undefined when config/models.json does not have it. */
export function findModel(name: string): CatalogueModel | undefined {
  return (catalogue as Readonly<Record<string, CatalogueModel>>)[name];
}

/** Names that config/models.json has. */
export const modelNames: readonly string[] = Object.keys(catalogue);
