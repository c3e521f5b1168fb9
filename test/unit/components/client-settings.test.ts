import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clientSettings } from "../../../components/client-settings.ts";

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
      ...settings,
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

  it("has the base URL of the OpenAI interface", () => {
    expect(settings.openAiBaseUrl).toBe("http://127.0.0.1:11434/v1");
  });
});
