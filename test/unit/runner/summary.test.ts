import { describe, expect, it } from "vitest";
import type { StackOutputs } from "../../../runner/outputs.ts";
import { summary } from "../../../runner/summary.ts";

const outputs = { baseUrl: "http://127.0.0.1:11434", modelName: "gemma3n:e4b" } as StackOutputs;

describe("summary", () => {
  it("of a stack without a gateway says that no token is needed", () => {
    expect(summary("dev", outputs)).toBe(
      "gemma3n:e4b serves at http://127.0.0.1:11434\n" +
        "Token:   none is asked for\n" +
        "Clients: npm run clients -s dev\n" +
        "Check:   npm run health -s dev",
    );
  });

  it("of a stack with a gateway tells how to get a token, and never the token", () => {
    expect(summary("prod", { ...outputs, tokens: { backend: "secret", web: "secret too" } })).toBe(
      "gemma3n:e4b serves at http://127.0.0.1:11434\n" +
        "Token:   npm run clients -s prod -- --token backend\n" +
        "Clients: npm run clients -s prod\n" +
        "Check:   npm run health -s prod",
    );
  });

  it("of a gateway without clients has a word in the place of a name", () => {
    expect(summary("prod", { ...outputs, tokens: {} })).toContain("-- --token CLIENT\n");
  });
});
