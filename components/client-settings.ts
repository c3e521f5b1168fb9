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
      // Its client of Ollama has no key for a token.
      ...(token
        ? ["    openai:", `      base-url: ${url}`, "      api-key: ${TOKEN}"]
        : ["    ollama:", `      base-url: ${url}`]),
      "      chat:",
      "        options:",
      `          model: ${model}`,
      "",
    ].join("\n"),
    openAiBaseUrl: `${url}/v1`,
  };
}

/** Clients of a stack whose gateway asks for tokens. */
export interface TokenClients {
  readonly stack: string;
  readonly names: readonly string[];
}

/**
 * The settings as a text to paste from.
 * @param clients - undefined for a stack that asks for no token
 */
export function settingsText(settings: ClientSettings, clients: TokenClients | undefined): string {
  const tokens =
    clients === undefined
      ? "No token is asked for; OpenAI clients may send any API key."
      : [
          "Every request needs the client's token, as TOKEN here and as the API key of OpenAI clients:",
          ...clients.names.map((name) => `export TOKEN=$(npm run clients -s ${clients.stack} -- --token ${name})`),
        ].join("\n");
  const parts = [
    ["Tokens", tokens],
    ["curl", settings.curl],
    ["Spring AI, application.yml", settings.springAi.trimEnd()],
    ["OpenAI, base URL", settings.openAiBaseUrl],
  ];
  return parts.map(([title, text]) => `# ${title}\n${text}\n`).join("\n");
}
