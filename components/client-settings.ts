/** Settings that a client of the service can paste. */
export interface ClientSettings {
  /** Shell command that asks the model something. */
  readonly curl: string;
  /** Spring AI's `application.yml`. */
  readonly springAi: string;
  /** Base URL for clients of the OpenAI interface. */
  readonly openAiBaseUrl: string;
}

/**
 * Ready-to-paste settings for a model at a base URL.
 * @param token - whether clients need one, which the settings take from the variable TOKEN
 */
export function clientSettings(url: string, model: string, token: boolean): ClientSettings {
  const request = JSON.stringify({ model, prompt: "Why is the sky blue?", stream: false });
  const header = token ? '-H "Authorization: Bearer $TOKEN" ' : "";
  return {
    curl: `curl ${header}${url}/api/generate -d '${request}'`,
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
