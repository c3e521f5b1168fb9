import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { e4bDigest, problemsOf } from "../support/raw-config.ts";

const otherDigest = `sha256:${"0".repeat(64)}`;
const embedded = { delivery: "embedded", baseImage: `ollama/ollama:0.33.3@sha256:${"a".repeat(64)}` };
const bge = "bge-m3:567m";

const broken: readonly (readonly [string, RawConfig, string])[] = [
  [
    "a digest other than the catalogue's, of the second model",
    { models: [bge, { name: "gemma3n:e4b", digest: otherDigest }] },
    `models.1.digest: config/models.json knows gemma3n:e4b as ${e4bDigest}; use that, or correct the catalogue`,
  ],
  [
    "embedding one model of several without any digest",
    { ...embedded, models: ["gemma3n:e4b", "someone/gemma:1"] },
    "models.1.digest: delivery embedded needs the manifest digest of someone/gemma:1, which config/models.json does not " +
      "have: write it here",
  ],
  [
    "a tag that moves",
    { models: ["gemma4:e4b"] },
    "models.0.name: the tag gemma4:e4b moves, and names other bytes from one day to the next: write gemma4:e4b-it-qat, " +
      "or the digest of the one that is meant",
  ],
  [
    "embedding a tag that moves, with one sentence",
    { ...embedded, models: ["gemma4:e4b"] },
    "models.0.name: the tag gemma4:e4b moves, and names other bytes from one day to the next: write gemma4:e4b-it-qat, " +
      "or the digest of the one that is meant",
  ],
  [
    "a model twice, whatever its letters",
    { models: ["gemma3n:e4b", bge, "Gemma3n:E4B"] },
    "models.2.name: Gemma3n:E4B stands there twice: write each model once",
  ],
  [
    "a context of its own beyond the model's",
    { models: ["gemma3n:e4b", { name: bge, contextLength: 8193 }] },
    "models.1.contextLength: bge-m3:567m takes 8192 tokens at most: write that or less",
  ],
  [
    "a context of the stack beyond that of one of several",
    { models: ["gemma3:4b", "gemma3n:e4b"], ollama: { contextLength: 32769 } },
    "ollama.contextLength: gemma3n:e4b takes 32768 tokens at most: write that or less, or give it a contextLength of its own",
  ],
  [
    "a time for a model that stays for ever",
    { models: [{ name: bge, preload: true, keepAlive: "10m" }] },
    "models.0.keepAlive: a model with preload stays in memory for ever: leave keepAlive out, or write preload: false",
  ],
  [
    "more preloaded models than stay in memory",
    { models: [{ name: "gemma3n:e4b", preload: true }, { name: bge, preload: true }, "gemma3:4b"] },
    "ollama.maxLoadedModels: gemma3n:e4b and bge-m3:567m are preloaded, and 1 at most stay in memory: write 2 or more, or " +
      "preload fewer",
  ],
  [
    "chat of a model for embedding alone",
    { models: [{ name: bge, for: ["chat"] }] },
    "models.0.for: config/models.json knows bge-m3:567m as a model for embedding alone: write [embedding], or leave the " +
      "key out",
  ],
  [
    "pictures for a model for embedding alone, with one sentence",
    { models: [{ name: bge, for: ["embedding", "vision"] }] },
    "models.0.for: config/models.json knows bge-m3:567m as a model for embedding alone: write [embedding], or leave the " +
      "key out",
  ],
  [
    "pictures and sound for a model that takes text",
    { models: [{ name: "gemma3n:e4b", for: ["chat", "vision", "audio"] }] },
    "models.0.for: config/models.json knows that gemma3n:e4b takes text alone: leave vision and audio out, or choose " +
      "another model",
  ],
  [
    "sound for a model that takes text and pictures",
    { models: [{ name: "gemma3:4b", for: ["audio"] }] },
    "models.0.for: config/models.json knows that gemma3:4b takes text and image alone: leave audio out, or choose " +
      "another model",
  ],
  [
    "an Ollama older than the newest model needs",
    {
      models: ["embeddinggemma:300m", "gemma4:e4b-it-qat"],
      baseImage: "r.example.org/mirror/ollama:0.9.6@" + otherDigest,
    },
    "baseImage: gemma4:e4b-it-qat needs Ollama 0.20.0 or later, and this is 0.9.6: name a later image",
  ],
  [
    "an Ollama that is too old, and not pinned",
    { models: ["embeddinggemma:300m"], baseImage: "ollama/ollama:0.11.9-rc1" },
    "baseImage: embeddinggemma:300m needs Ollama 0.11.10 or later, and this is 0.11.9: name a later image",
  ],
  [
    "a model that no client of several could ask",
    {
      ...embedded,
      models: ["gemma3n:e4b", bge],
      gateway: { enabled: true, clients: [{ name: "a", models: ["gemma3:4b"] }] },
    },
    "gateway.clients.0.models: gemma3:4b is not served here: name gemma3n:e4b or bge-m3:567m, or leave the key out",
  ],
];

const kept: readonly (readonly [string, RawConfig])[] = [
  ["models of the catalogue by their names alone", { ...embedded, models: ["gemma3n:e4b", bge, "gemma3:4b"] }],
  ["a tag that moves, with a digest", { models: [{ name: "gemma4:e4b", digest: otherDigest }] }],
  ["two tags of one model", { models: ["gemma3n:e4b", "gemma3n:e2b"] }],
  ["the longest context of a model", { models: [{ name: bge, contextLength: 8192 }] }],
  ["any context of a model that the catalogue lacks", { models: [{ name: "a:b", contextLength: 4_194_304 }] }],
  [
    "a long context beside a model for embedding, which takes less",
    { models: ["gemma3:4b", bge], ollama: { contextLength: 9000 } },
  ],
  [
    "a long context beside a model with one of its own",
    { models: ["gemma3:4b", { name: "gemma3n:e4b", contextLength: 32768 }], ollama: { contextLength: 32769 } },
  ],
  ["a time for a model that is not preloaded", { models: [{ name: bge, preload: false, keepAlive: "10m" }] }],
  [
    "as many preloaded models as stay in memory",
    {
      models: [
        { name: "gemma3n:e4b", preload: true },
        { name: bge, preload: true },
      ],
      ollama: { maxLoadedModels: 2 },
    },
  ],
  ["less than a model can do", { models: [{ name: "gemma4:e4b-it-qat", for: ["chat"] }] }],
  ["all that a model can do", { models: [{ name: "gemma4:e4b-it-qat", for: ["chat", "vision", "audio"] }] }],
  [
    "anything of a model that the catalogue lacks",
    { models: [{ name: "a:b", for: ["embedding", "vision", "audio"] }] },
  ],
  ["the oldest Ollama that will do", { models: ["gemma4:e4b-it-qat"], baseImage: "ollama/ollama:0.20.0" }],
  ["any Ollama where the least is unknown", { models: ["all-minilm:22m"], baseImage: "ollama/ollama:0.1.0" }],
  ["an image whose tag tells no version", { models: ["gemma4:e4b-it-qat"], baseImage: "ollama/ollama:main" }],
  ["an image with versions of its own", { models: ["gemma4:e4b-it-qat"], baseImage: "r.example.org/our-ollama:0.1.0" }],
  ["an image by its ID", { models: ["gemma4:e4b-it-qat"], baseImage: otherDigest }],
  [
    "clients that ask one model of several",
    { ...embedded, models: ["gemma3n:e4b", bge], gateway: { enabled: true, clients: [{ name: "a", models: [bge] }] } },
  ],
];

describe("rules for the models of a stack", () => {
  it.each(broken)("refuse %s", (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each(kept)("accept %s", (_, change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it("tell what is wrong with every model at once", () => {
    const models = [{ name: bge, for: ["chat"], contextLength: 9000 }, "gemma4:e4b"];
    expect(problemsOf({ models }).map((problem) => problem.split(": ")[0])).toEqual([
      "models.0.contextLength",
      "models.0.for",
      "models.1.name",
    ]);
  });

  it("stay silent about models that are wrong on their own", () => {
    expect(problemsOf({ models: [], memory: "1GiB" })).toEqual([
      "models: write one model at least, for example [gemma3n:e4b]",
    ]);
  });
});
