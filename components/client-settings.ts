/** Settings that a client of the service can paste. */
export interface ClientSettings {
  /** Shell command that asks the model something. */
  readonly curl: string;
  /** Spring AI's `application.yml`. */
  readonly springAi: string;
  /** Base URL for clients of the OpenAI interface. */
  readonly openAiBaseUrl: string;
}

/** Ready-to-paste settings for a model at a base URL. */
export function clientSettings(url: string, model: string): ClientSettings {
  const request = JSON.stringify({ model, prompt: "Why is the sky blue?", stream: false });
  return {
    curl: `curl ${url}/api/generate -d '${request}'`,
    springAi: [
      "spring:",
      "  ai:",
      "    ollama:",
      `      base-url: ${url}`,
      "      chat:",
      "        options:",
      `          model: ${model}`,
      "",
    ].join("\n"),
    openAiBaseUrl: `${url}/v1`,
  };
}
