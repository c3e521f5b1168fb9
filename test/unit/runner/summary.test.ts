import { describe, expect, it } from "vitest";
import type { StackOutputs } from "../../../runner/outputs.ts";
import { summary } from "../../../runner/summary.ts";

const gemma = { name: "gemma3n:e4b", digest: `sha256:${"1".repeat(64)}`, for: ["chat"] } as const;
const outputs = { baseUrl: "http://127.0.0.1:11434", models: [gemma] as StackOutputs["models"] } as StackOutputs;

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

  it("names every model", () => {
    const models = [gemma, { ...gemma, name: "bge-m3:567m" }];
    expect(summary("dev", { ...outputs, models }).split("\n")[0]).toBe(
      "gemma3n:e4b, bge-m3:567m serve at http://127.0.0.1:11434",
    );
  });

  it("of a gateway without clients has a word in the place of a name", () => {
    expect(summary("prod", { ...outputs, tokens: {} })).toContain("-- --token CLIENT\n");
  });
});
