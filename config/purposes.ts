/** What a model can be for; a model that is for several is written with all of them. */
export const purposes = ["chat", "embedding", "vision", "audio"] as const;

/** A word of the key `for`. */
export type Purpose = (typeof purposes)[number];

/** Whether these are of a model for embedding and nothing else, which Ollama loads in another way. */
export function embedsAlone(own: readonly Purpose[]): boolean {
  return own.every((purpose) => purpose === "embedding");
}
