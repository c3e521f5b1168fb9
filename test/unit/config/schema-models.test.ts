import { describe, expect, it } from "vitest";
import { e4bDigest, parsed, problemsOf } from "../support/raw-config.ts";

const example = "write model:tag, for example gemma3n:e4b";
const purposes = "chat, embedding, vision, audio";
const list = "write a list of models, for example [gemma3n:e4b]";
const object = "write a model, for example gemma3n:e4b, or an object with the keys name, digest, for and others";

/** A model of which only the name is written. */
const named = (name: string) => ({ name, preload: false, readiness: {} });

describe("models", () => {
  it("is gemma3n:e4b where nothing is written", () => {
    expect(parsed({ models: undefined }).models).toEqual([named("gemma3n:e4b")]);
  });

  it("takes names alone, objects, and both, in their order", () => {
    const models = ["someone/gemma:1", { name: "gemma3n:e4b", digest: e4bDigest }, { name: "a:b" }];
    expect(parsed({ models }).models).toEqual([
      named("someone/gemma:1"),
      { ...named("gemma3n:e4b"), digest: e4bDigest },
      named("a:b"),
    ]);
  });

  it("takes every key of a model", () => {
    const readiness = { prompt: "Hi", pattern: "^Hi", minTokensPerSecond: "2.5" };
    const model = {
      name: "a:b",
      digest: e4bDigest,
      for: ["vision", "audio"],
      contextLength: "256",
      keepAlive: "1h30m",
    };
    expect(parsed({ models: [{ ...model, preload: "false", readiness }] }).models).toEqual([
      { ...model, preload: false, contextLength: 256, readiness: { ...readiness, minTokensPerSecond: 2.5 } },
    ]);
  });

  it.each(["gemma3n:e4b", { name: "gemma3n:e4b" }, 3, true])("refuses %j, which is no list", (models) => {
    expect(problemsOf({ models })).toEqual([`models: ${list}`]);
  });

  it("refuses an empty list", () => {
    expect(problemsOf({ models: [] })).toEqual(["models: write one model at least, for example [gemma3n:e4b]"]);
  });

  it.each([3, null, true, ["gemma3n:e4b"]])("refuses %j in the place of a model", (model) => {
    expect(problemsOf({ models: ["a:b", model] })).toEqual([`models.1: ${object}`]);
  });

  it("refuses an object without a name", () => {
    expect(problemsOf({ models: [{ digest: e4bDigest }] })).toEqual([`models.0.name: ${example}`]);
  });
});

describe("the name of a model", () => {
  it.each(["gemma3n", "", "gemma 3n:e4b", "a/b/c:d", ":e4b", "gemma3n:", "-x:1", "registry.example/a/b:1"])(
    "is not %j, alone or in an object",
    (name) => {
      const problems = problemsOf({ models: [name, { name }] });
      expect(problems).toEqual([`models.0.name: ${example}`, `models.1.name: ${example}`]);
    },
  );

  it("is text", () => {
    expect(problemsOf({ models: [{ name: 3 }] })).toEqual([`models.0.name: ${example}`]);
  });

  it.each(["gemma3n:latest", "someone/gemma:latest"])("has not the moving tag of %s", (name) => {
    expect(problemsOf({ models: [name] })).toEqual([
      "models.0.name: name a tag that does not move instead of latest, for example gemma3n:e4b",
    ]);
  });

  it("that is bad and ends in latest is told once", () => {
    expect(problemsOf({ models: ["gemma 3n:latest"] })).toEqual([`models.0.name: ${example}`]);
  });
});

describe("the keys of a model", () => {
  const keepAlive =
    "write a duration with its unit, for example 30s, 5m or 1h30m; 0 unloads at once, -1s keeps it for ever";
  const number = "write a number of 0 or more, for example 2 or 1.5";

  it.each<readonly [string, unknown, string]>([
    ...["sha256:abc", e4bDigest.slice(7), e4bDigest.toUpperCase(), `${e4bDigest}0`, `sha512:${"a".repeat(64)}`, 3].map(
      (digest) => ["digest", digest, "digest: write sha256: and 64 hexadecimal digits"] as const,
    ),
    ["for", "chat", `for: write a list of ${purposes}`],
    ["for", [], `for: write a list of ${purposes}`],
    ["for", ["chat", "search"], `for.1: write one of ${purposes}`],
    ["for", ["Chat"], `for.0: write one of ${purposes}`],
    ["preload", "yes", "preload: write true or false"],
    ["preload", 1, "preload: write true or false"],
    ["contextLength", 255, "contextLength: write a whole number, 256 to 4194304"],
    ["contextLength", 4_194_305, "contextLength: write a whole number, 256 to 4194304"],
    ["contextLength", "8k", "contextLength: write a whole number, 256 to 4194304"],
    ["keepAlive", "10", `keepAlive: ${keepAlive}`],
    ["keepAlive", "2500001h", `keepAlive: ${keepAlive}`],
    ["readiness", { prompt: "" }, "readiness.prompt: write the prompt as text"],
    ["readiness", { pattern: "(" }, "readiness.pattern: write a valid regular expression, for example Paris"],
    ["readiness", { minTokensPerSecond: -1 }, `readiness.minTokensPerSecond: ${number}`],
  ])("refuse %s %j", (key, value, problem) => {
    expect(problemsOf({ models: ["c:d", { name: "a:b", [key]: value }] })).toEqual([`models.1.${problem}`]);
  });

  it.each([
    ["for", ["embedding"], ["embedding"]],
    ["preload", "true", true],
    ["contextLength", "256", 256],
    ["contextLength", 4_194_304, 4_194_304],
    ["keepAlive", 0, "0"],
    ["keepAlive", "-1s", "-1s"],
    ["readiness", { minTokensPerSecond: "0" }, { minTokensPerSecond: 0 }],
  ])("take %s %j as %j", (key, value, result) => {
    expect(parsed({ models: [{ name: "a:b", [key]: value }] }).models[0]).toHaveProperty(key, result);
  });

  it("tell all that is wrong at once", () => {
    const models = ["a", { name: "b:c", preload: "yes", keepAlive: "5", for: ["talk"] }];
    expect(problemsOf({ models })).toEqual([
      `models.0.name: ${example}`,
      `models.1.for.0: write one of ${purposes}`,
      "models.1.preload: write true or false",
      `models.1.keepAlive: ${keepAlive}`,
    ]);
  });
});
