import { describe, expect, it } from "vitest";
import { e4bDigest, parsed, problemsOf } from "../support/raw-config.ts";

const duration = "write a duration with its unit, for example 30s, 5m or 1h30m";

describe("ollama", () => {
  it.each([
    ["numParallel", "0", "write a whole number, 1 or more"],
    ["numParallel", [1], "write a whole number, 1 or more"],
    ["maxLoadedModels", 0, "write a whole number, 1 or more"],
    ["maxQueue", "many", "write a whole number, 1 or more"],
    ["threads", 0, "write a whole number, 1 or more"],
    ["threads", 1.5, "write a whole number, 1 or more"],
    ["contextLength", 255, "write a whole number, 256 or more"],
    ["contextLength", "8k", "write a whole number, 256 or more"],
    ["keepAlive", "10", `${duration}; 0 unloads at once, -1s keeps it for ever`],
    ["keepAlive", true, `${duration}; 0 unloads at once, -1s keeps it for ever`],
    ["loadTimeout", "-5m", `${duration}; 0 or more`],
    ["loadTimeout", "5 min", `${duration}; 0 or more`],
    ["flashAttention", true, "write one of auto, on, off"],
    ["kvCacheType", "q5_0", "write one of f16, q8_0, q4_0"],
    [
      "cacheRam",
      "100k",
      "write a size of whole MiB with its unit, for example 16GiB or 512m (units are powers of 1024)",
    ],
    ["gpuOverhead", true, "write a size with its unit, for example 16GiB or 512m"],
    ["noCloud", 1, "write true or false"],
    ["debug", "on", "write true or false"],
    ["origins", "*", "write a list of origins, for example [http://localhost:8080]"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ ollama: { [key]: value } })).toEqual([`ollama.${key}: ${message}`]);
  });

  it.each([
    ["keepAlive", "0", "0"],
    ["keepAlive", 0, "0"],
    ["keepAlive", "-1s", "-1s"],
    ["keepAlive", "1h30m", "1h30m"],
    ["loadTimeout", "0", "0"],
    ["threads", "6", 6],
    ["cacheRam", "0", 0],
    ["gpuOverhead", "1GiB", 1024],
    ["kvCacheType", "q4_0", "q4_0"],
    ["contextLength", 256, 256],
  ])("takes %s %j as %j", (key, value, result) => {
    expect(parsed({ ollama: { [key]: value } }).ollama).toHaveProperty(key, result);
  });

  it.each([
    [["'*'"], "ollama.origins.0: remove the quotes around it: they would become part of the value"],
    [["http://a", 'http://b"'], "ollama.origins.1: remove the quotes around it: they would become part of the value"],
    [["a\nb"], "ollama.origins.0: write it on one line"],
    [[7], "ollama.origins.0: write text"],
  ])("refuses the origins %j", (origins, problem) => {
    expect(problemsOf({ ollama: { origins } })).toEqual([problem]);
  });

  it("keeps the defaults of the keys that a stack leaves out", () => {
    expect(parsed({ ollama: { numParallel: 2 } }).ollama).toEqual({
      origins: [],
      numParallel: 2,
      maxLoadedModels: 1,
      keepAlive: "5m",
      maxQueue: 512,
      loadTimeout: "5m",
      contextLength: 8192,
      flashAttention: "auto",
      kvCacheType: "f16",
      cacheRam: 512,
      gpuOverhead: 0,
      noCloud: true,
      debug: false,
      env: {},
    });
  });
});

describe("network", () => {
  it.each([
    ["yes", "write true or false"],
    [1, "write true or false"],
    [null, "write true or false"],
  ])("refuses internal %j", (internal, message) => {
    expect(problemsOf({ network: { internal } })).toEqual([`network.internal: ${message}`]);
  });

  it.each([
    [true, true],
    ["true", true],
    [false, false],
    ["false", false],
  ])("takes internal %j as %j", (written, internal) => {
    expect(
      parsed({ delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}`, network: { internal: written } }).network,
    ).toEqual({
      internal,
    });
  });

  it("has a way out where nothing is written", () => {
    expect(parsed({}).network).toEqual({ internal: false });
  });
});

describe("logging", () => {
  it.each([
    ["maxFile", 0, "write a whole number, 1 or more"],
    ["maxSize", "10", "write a size of whole MiB with its unit, for example 16GiB or 512m (units are powers of 1024)"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ logging: { [key]: value } })).toEqual([`logging.${key}: ${message}`]);
  });

  it("rotates three files of 10 MiB where nothing is written", () => {
    expect(parsed({}).logging).toEqual({ maxSize: 10, maxFile: 3 });
  });
});

describe("readiness", () => {
  it.each([
    ["prompt", "", "write the prompt as text"],
    ["prompt", 5, "write the prompt as text"],
    ["pattern", "", "write a regular expression, for example Paris"],
    ["pattern", 5, "write a regular expression, for example Paris"],
    ["pattern", "(Paris", "write a valid regular expression, for example Paris"],
    ["timeout", "0", `${duration}; more than 0`],
    ["timeout", "-1s", `${duration}; more than 0`],
    ["timeout", 300, `${duration}; more than 0`],
    ["minTokensPerSecond", "fast", "write a number of 0 or more, for example 2 or 1.5"],
    ["minTokensPerSecond", -1, "write a number of 0 or more, for example 2 or 1.5"],
    ["requireGpu", "yes", "write true or false"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ readiness: { [key]: value } })).toEqual([`readiness.${key}: ${message}`]);
  });

  it("takes its time limit in seconds", () => {
    expect(parsed({ readiness: { timeout: "1m30s" } }).readiness.timeout).toBe(90);
  });

  it("asks for the capital of France where nothing is written", () => {
    expect(parsed({}).readiness).toEqual({
      prompt: "The capital of France is",
      pattern: "Paris",
      timeout: 300,
      minTokensPerSecond: 1,
      requireGpu: false,
    });
  });
});

describe("unknown keys", () => {
  it.each([
    [
      { colour: "red" },
      "colour: unknown key; the keys here are model, registry, delivery, baseImage, address, port, network, " +
        "gateway, replacement, volume, memory, memoryReservation, shmSize, cpus, gpus, restart, logging, ollama, readiness",
    ],
    [
      { model: { name: "gemma3n:e4b", digest: e4bDigest, tag: "e4b" } },
      "model.tag: unknown key; the keys here are name, digest",
    ],
    [{ volume: { name: "models", keep: true } }, "volume.keep: unknown key; the keys here are name, retainOnDelete"],
    [{ network: { name: "private" } }, "network.name: unknown key; the keys here are internal"],
    [{ logging: { driver: "local" } }, "logging.driver: unknown key; the keys here are maxSize, maxFile"],
    [
      { ollama: { num_parallel: 4 } },
      "ollama.num_parallel: unknown key; did you mean numParallel? the keys here are origins, numParallel, maxLoadedModels, keepAlive, maxQueue, " +
        "loadTimeout, contextLength, threads, flashAttention, kvCacheType, cacheRam, gpuOverhead, noCloud, debug, env",
    ],
    [
      { readiness: { retries: 3 } },
      "readiness.retries: unknown key; the keys here are prompt, pattern, timeout, minTokensPerSecond, requireGpu",
    ],
  ])("refuses %j and lists those that are known there", (change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it("tells each of several", () => {
    expect(problemsOf({ logging: { driver: "local", path: "/var" } })).toEqual([
      "logging.driver: unknown key; the keys here are maxSize, maxFile",
      "logging.path: unknown key; the keys here are maxSize, maxFile",
    ]);
  });
});
