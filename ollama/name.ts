/** Host that Ollama's library is served from. */
export const libraryHost = "registry.ollama.ai";

/** A model's name, taken apart. */
export interface ModelName {
  /** `library` for the official models. */
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

const part = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}";
const pattern = new RegExp(`^(?:(${part})/)?(${part}):(${part})$`);

/**
 * Takes `[namespace/]model:tag` apart.
 * @returns undefined when the text is not such a name; a tag is required
 */
export function parseModelName(name: string): ModelName | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, namespace, model, tag] = match;
  return { namespace: namespace ?? "library", model: model ?? "", tag: tag ?? "" };
}

/** As {@link parseModelName}, for names that the config schema has already let through. */
export function modelName(name: string): ModelName {
  const parsed = parseModelName(name);
  if (parsed === undefined) throw new Error(`"${name}" is not a model name; write model:tag, for example gemma3n:e4b`);
  return parsed;
}

/** Path of a model's manifest below `manifests/` in an Ollama model store, for the name a client uses without a host. */
export function manifestPath({ namespace, model, tag }: ModelName): string {
  return `manifests/${libraryHost}/${namespace}/${model}/${tag}`;
}

/** Path of a blob in an Ollama model store. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "-")}`;
}
