import type { ModelName } from "../config/model-name.ts";

/** Host that Ollama's library is served from. */
export const libraryHost = "registry.ollama.ai";

/** Path of a model's manifest below `manifests/` in an Ollama model store, for the name a client uses without a host. */
export function manifestPath({ namespace, model, tag }: ModelName): string {
  return `manifests/${libraryHost}/${namespace}/${model}/${tag}`;
}

/** Path of a blob in an Ollama model store. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "-")}`;
}
