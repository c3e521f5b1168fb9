import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clientSettings, settingsText } from "../../../components/client-settings.ts";

const settings = clientSettings("http://127.0.0.1:11434", "gemma3n:e4b", false);

describe("clientSettings", () => {
  it("has a curl command", () => {
    expect(settings.curl).toBe(
      "curl http://127.0.0.1:11434/api/generate -d " +
        `'{"model":"gemma3n:e4b","prompt":"Why is the sky blue?","stream":false}'`,
    );
  });

  it("has a curl command that sends the token of the variable TOKEN where one is asked for, and nothing else of it", () => {
    const withToken = clientSettings("http://127.0.0.1:11434", "gemma3n:e4b", true);
    expect(withToken).toEqual({
      openAiBaseUrl: settings.openAiBaseUrl,
      springAi: withToken.springAi,
      curl:
        'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:11434/api/generate -d ' +
        `'{"model":"gemma3n:e4b","prompt":"Why is the sky blue?","stream":false}'`,
    });
  });

  it("has Spring AI's application.yml", () => {
    expect(parse(settings.springAi)).toEqual({
      spring: {
        ai: { ollama: { "base-url": "http://127.0.0.1:11434", chat: { options: { model: "gemma3n:e4b" } } } },
      },
    });
  });

  it("has Spring AI's application.yml with the token, which its client of OpenAI's interface sends", () => {
    const { springAi } = clientSettings("https://model.example.org:11434", "gemma3n:e4b", true);
    expect(parse(springAi)).toEqual({
      spring: {
        ai: {
          openai: {
            "base-url": "https://model.example.org:11434",
            "api-key": "${TOKEN}",
            chat: { options: { model: "gemma3n:e4b" } },
          },
        },
      },
    });
  });

  it("has the base URL of the OpenAI interface", () => {
    expect(settings.openAiBaseUrl).toBe("http://127.0.0.1:11434/v1");
  });
});

describe("settingsText", () => {
  const curl = settings.curl;

  it("is whole, and says that no token is needed", () => {
    expect(settingsText(settings, undefined)).toBe(
      [
        "# Tokens",
        "No token is asked for; OpenAI clients may send any API key.",
        "",
        "# curl",
        curl,
        "",
        "# Spring AI, application.yml",
        "spring:",
        "  ai:",
        "    ollama:",
        "      base-url: http://127.0.0.1:11434",
        "      chat:",
        "        options:",
        "          model: gemma3n:e4b",
        "",
        "# OpenAI, base URL",
        "http://127.0.0.1:11434/v1",
        "",
      ].join("\n"),
    );
  });

  it("tells for every client how to get its token", () => {
    const text = settingsText(settings, { stack: "prod", names: ["backend", "web"] });
    expect(text.split("\n\n")[0]).toBe(
      [
        "# Tokens",
        "Every request needs the client's token, as TOKEN here and as the API key of OpenAI clients:",
        "export TOKEN=$(npm run clients -s prod -- --token backend)",
        "export TOKEN=$(npm run clients -s prod -- --token web)",
      ].join("\n"),
    );
    expect(text.slice(text.indexOf("# curl"))).toBe(
      settingsText(settings, undefined).slice(settingsText(settings, undefined).indexOf("# curl")),
    );
  });
});
