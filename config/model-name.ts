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

/** The names of models for people: `gemma3n:e4b, bge-m3:567m`. */
export function modelsText(models: readonly { readonly name: string }[]): string {
  return models.map(({ name }) => name).join(", ");
}

/** What models do, for people: `gemma3n:e4b serves`, and `gemma3n:e4b, bge-m3:567m serve`. */
export function modelsDo(models: readonly { readonly name: string }[], verb: string): string {
  return `${modelsText(models)} ${models.length === 1 ? `${verb}s` : verb}`;
}

/**
 * Second name under which a model is kept unchanged while its own name carries parameters.
 *
 * Ollama makes a new manifest with another digest of a model with parameters.
 */
export function originalName(model: string): string {
  const { namespace, model: name, tag } = modelName(model);
  return `pinned/${namespace === "library" ? "" : `${namespace}-`}${name}:${tag}`;
}
