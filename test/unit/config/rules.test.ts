import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { e4bDigest, problemsOf } from "../support/raw-config.ts";

const otherDigest = `sha256:${"0".repeat(64)}`;
const pinned = { baseImage: `ollama/ollama:0.33.3@sha256:${"a".repeat(64)}` };
const embedded = { delivery: "embedded", ...pinned };

const broken: readonly (readonly [string, RawConfig, string])[] = [
  [
    "a digest other than the catalogue's",
    { models: [{ name: "gemma3n:e4b", digest: otherDigest }] },
    `models.0.digest: config/models.json knows gemma3n:e4b as ${e4bDigest}; use that, or correct the catalogue`,
  ],
  [
    "embedding a model without any digest",
    { ...embedded, models: [{ name: "someone/gemma:1" }] },
    "models.0.digest: delivery embedded needs the manifest digest of someone/gemma:1, which config/models.json does not " +
      "have: write it here",
  ],
  [
    "embedding on an image that can move",
    { delivery: "embedded", baseImage: "ollama/ollama:0.33.3" },
    "baseImage: delivery embedded needs a base image that cannot move: add its @sha256:… digest, or write the " +
      "sha256:… ID of a loaded image",
  ],
  [
    "every origin beyond loopback",
    { address: "0.0.0.0", ollama: { origins: ["http://a", "*"] } },
    "address: published beyond loopback while ollama.origins allows every origin (*): list the allowed origins, or " +
      "publish on 127.0.0.1",
  ],
  [
    "every origin on all IPv6 addresses",
    { address: "::", ollama: { origins: ["*"] } },
    "address: published beyond loopback while ollama.origins allows every origin (*): list the allowed origins, or " +
      "publish on 127.0.0.1",
  ],
  [
    "start-first with a fixed port",
    { replacement: "start-first", port: "11434" },
    "replacement: the old and the new container cannot both publish port 11434: write recreate, port 0 for any free " +
      "port, or gateway.enabled",
  ],
  [
    "pulling over a network without a way out",
    { delivery: "pull", network: { internal: true } },
    "network.internal: delivery pull downloads the model through the server, which needs a way out: write false, or " +
      "delivery embedded",
  ],
  [
    "a memory limit below the model",
    { memory: "8GiB" },
    "memory: gemma3n:e4b needs 8.53 GiB: weights 7.03 GiB + KV cache 256 MiB (8192 tokens x 1 parallel, f16) + " +
      "buffers 512 MiB + prompt cache 512 MiB + server 256 MiB; write 9GiB or more, or lower ollama.contextLength or " +
      "ollama.numParallel",
  ],
  [
    "a memory limit below a large KV cache",
    { memory: "9GiB", ollama: { contextLength: 32768, numParallel: 4, kvCacheType: "q8_0" } },
    "memory: gemma3n:e4b needs 10.3 GiB: weights 7.03 GiB + KV cache 2 GiB (32768 tokens x 4 parallel, q8_0) + " +
      "buffers 512 MiB + prompt cache 512 MiB + server 256 MiB; write 11GiB or more, or lower ollama.contextLength or " +
      "ollama.numParallel",
  ],
  [
    "a reservation above the limit",
    { memory: "10GiB", memoryReservation: "11GiB" },
    "memoryReservation: more than the limit, memory 10 GiB: lower the reservation or raise the limit",
  ],
  [
    "a context beyond the model's",
    { ollama: { contextLength: 32769 } },
    "ollama.contextLength: gemma3n:e4b takes 32768 tokens at most: write that or less",
  ],
  [
    "more threads than CPUs",
    { cpus: "2.5", ollama: { threads: 4 } },
    "ollama.threads: more threads than the CPU limit (cpus 2.5) only wait for one another: write 3 or less, or leave " +
      "it out",
  ],
  [
    "a quantised KV cache without flash attention",
    { ollama: { kvCacheType: "q8_0", flashAttention: "off" } },
    "ollama.kvCacheType: a quantised KV cache needs flash attention: write f16, or set ollama.flashAttention to auto " +
      "or on",
  ],
  [
    "an embedded server that calls ollama.com",
    { ...embedded, ollama: { noCloud: false } },
    "ollama.noCloud: delivery embedded is for hosts without internet, where the server would call ollama.com in vain: " +
      "write true",
  ],
  [
    "a GPU that is required and not reserved",
    { readiness: { requireGpu: true } },
    "readiness.requireGpu: the model cannot be on a GPU while gpus is none: reserve a GPU, or write false",
  ],
];

const kept: readonly (readonly [string, RawConfig])[] = [
  ["the catalogue's digest", { models: [{ name: "gemma3n:e4b", digest: e4bDigest }] }],
  ["any digest of a model the catalogue lacks", { models: [{ name: "someone/gemma:1", digest: otherDigest }] }],
  ["pulling a model without a digest", { models: [{ name: "someone/gemma:1" }] }],
  ["embedding a model whose digest the catalogue has", { ...embedded, models: [{ name: "gemma3n:e2b" }] }],
  [
    "embedding a model with a digest of its own",
    { ...embedded, models: [{ name: "someone/gemma:1", digest: otherDigest }] },
  ],
  ["embedding on a loaded image by its ID", { delivery: "embedded", baseImage: otherDigest }],
  ["pulling with an image that can move", { delivery: "pull", baseImage: "ollama/ollama:0.33.3" }],
  ["every origin on loopback", { address: "127.0.0.2", ollama: { origins: ["*"] } }],
  ["every origin on IPv6 loopback", { address: "::1", ollama: { origins: ["*"] } }],
  ["listed origins beyond loopback", { address: "0.0.0.0", ollama: { origins: ["http://a"] } }],
  ["start-first with any free port", { replacement: "start-first", port: "0" }],
  ["recreate with a fixed port", { replacement: "recreate", port: "11434" }],
  [
    "start-first with a port that an internal network does not publish",
    { ...embedded, replacement: "start-first", port: "11434", network: { internal: true } },
  ],
  ["embedding with a network without a way out", { ...embedded, network: { internal: true } }],
  ["embedding with a way out", { ...embedded, network: { internal: false } }],
  [
    "a volume that is only read with a network without a way out",
    { delivery: "pull", volume: { readOnly: true }, network: { internal: true } },
  ],
  ["pulling with a way out", { delivery: "pull", network: { internal: false } }],
  ["a memory limit above the model", { memory: "9GiB" }],
  ["a memory limit that holds what the GPU leaves", { memory: "6GiB", gpus: "1" }],
  ["any memory limit for a model the catalogue lacks", { memory: "1GiB", models: [{ name: "someone/gemma:1" }] }],
  ["no memory limit", { memory: "0" }],
  ["a reservation as large as the limit", { memory: "10GiB", memoryReservation: "10GiB" }],
  ["a reservation without a limit", { memory: "0", memoryReservation: "10GiB" }],
  ["the longest context of the model", { ollama: { contextLength: 32768 } }],
  ["as many threads as CPUs, rounded up", { cpus: "2.5", ollama: { threads: 3 } }],
  ["any number of threads without a CPU limit", { cpus: "0", ollama: { threads: 64 } }],
  ["a quantised KV cache with flash attention left to the server", { ollama: { kvCacheType: "q4_0" } }],
  ["an f16 KV cache without flash attention", { ollama: { flashAttention: "off" } }],
  ["an online server that calls ollama.com", { ollama: { noCloud: false } }],
  ["a GPU that is required and reserved", { gpus: "device=0", readiness: { requireGpu: true } }],
];

describe("rules between keys", () => {
  it.each(broken)("refuse %s", (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each(kept)("accept %s", (_, change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it("stay silent about a key that is wrong on its own", () => {
    expect(problemsOf({ replacement: "start-first", port: "http" })).toEqual([
      "port: write a whole number, 0 to 65535",
    ]);
  });

  it("stay silent about a network that is wrong on its own", () => {
    expect(problemsOf({ delivery: "pull", network: { internal: "no" } })).toEqual([
      "network.internal: write true or false",
    ]);
  });

  it("take a network that is wrong on its own for one that publishes", () => {
    expect(problemsOf({ replacement: "start-first", network: { internal: "no" } })).toEqual([
      "network.internal: write true or false",
      "replacement: the old and the new container cannot both publish port 11434: write recreate, port 0 for any free " +
        "port, or gateway.enabled",
    ]);
  });

  it("are checked beside keys that are wrong on their own", () => {
    expect(problemsOf({ restart: "never", readiness: { requireGpu: true } })).toEqual([
      "restart: write one of no, on-failure, always, unless-stopped",
      "readiness.requireGpu: the model cannot be on a GPU while gpus is none: reserve a GPU, or write false",
    ]);
  });
});
