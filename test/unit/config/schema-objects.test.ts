import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

const duration = "write a duration with its unit, for example 30s, 5m or 1h30m";

describe("ollama", () => {
  it.each([
    ["numParallel", "0", "write a whole number, 1 to 256"],
    ["numParallel", [1], "write a whole number, 1 to 256"],
    ["maxLoadedModels", 0, "write a whole number, 1 to 256"],
    ["maxQueue", "many", "write a whole number, 1 to 65536"],
    ["threads", 0, "write a whole number, 1 to 512"],
    ["threads", 1.5, "write a whole number, 1 to 512"],
    ["contextLength", 255, "write a whole number, 256 to 4194304"],
    ["contextLength", "8k", "write a whole number, 256 to 4194304"],
    ["keepAlive", "10", `${duration}; 0 unloads at once, -1s keeps it for ever`],
    ["keepAlive", true, `${duration}; 0 unloads at once, -1s keeps it for ever`],
    ["loadTimeout", "-5m", `${duration}; 0 or more`],
    ["loadTimeout", "5 min", `${duration}; 0 or more`],
    ["loadTimeout", "2600000h", `${duration}; 0 or more`],
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

  const example = "write * or an origin as browsers send it, for example http://localhost:8080";
  const form = `${example}: small letters, no path, no / at the end, and no port where it is the scheme's own`;

  it.each(["app.example.org", "app://app.example.org", "file:///", "null", ""])(
    "refuses the origin %j, at which Ollama ends",
    (origin) => {
      expect(problemsOf({ ollama: { origins: ["http://a", origin] } })).toEqual([
        `ollama.origins.1: ${example}: it begins with http:// or https://`,
      ]);
    },
  );

  it.each([
    "http://localhost:8080/",
    "https://app.example.org/chat",
    "http://App.example.org",
    "http://a:80",
    "https://a:443",
    "http://a,http://b",
    "http://",
    "http://a?b",
    "http://user@a",
    "http://a:99999",
    "http://*.example.org/",
    "*.example.org",
  ])("refuses the origin %j, which no browser sends", (origin) => {
    expect(problemsOf({ ollama: { origins: [origin] } })).toEqual([`ollama.origins.0: ${form}`]);
  });

  it("refuses an origin with two stars, at which Ollama ends", () => {
    expect(problemsOf({ ollama: { origins: ["http://*.*.org"] } })).toEqual([
      "ollama.origins.0: write one * at most in an origin",
    ]);
  });

  it.each([
    "*",
    "http://a",
    "https://app.example.org:8443",
    "http://192.0.2.7:3000",
    "http://[2001:db8::7]:3000",
    "https://*.example.org",
    "http://localhost:*",
    "app://*",
    "chrome-extension://abcdef",
  ])("takes the origin %s", (origin) => {
    expect(parsed({ ollama: { origins: [origin] } }).ollama.origins).toEqual([origin]);
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
    ["timeout", "0", `${duration}; more than 0, at most 168h`],
    ["timeout", "600h", `${duration}; more than 0, at most 168h`],
    ["timeout", "-1s", `${duration}; more than 0, at most 168h`],
    ["timeout", 300, `${duration}; more than 0, at most 168h`],
    ["minTokensPerSecond", "fast", "write a number of 0 or more, for example 2 or 1.5"],
    ["minTokensPerSecond", -1, "write a number of 0 or more, for example 2 or 1.5"],
    ["requireGpu", "yes", "write true or false"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ readiness: { [key]: value } })).toEqual([`readiness.${key}: ${message}`]);
  });

  it.each([
    ["1m30s", 90],
    ["1.1h", 3960],
    ["1ms", 0.001],
  ])("takes its time limit %s as %d seconds", (timeout, seconds) => {
    expect(parsed({ readiness: { timeout } }).readiness.timeout).toBe(seconds);
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
      "colour: unknown key; the keys here are models, registry, delivery, baseImage, address, port, network, " +
        "gateway, replacement, volume, memory, memoryReservation, shmSize, cpus, gpus, restart, logging, ollama, " +
        "readiness, monitoring, watcher",
    ],
    [
      { models: ["a:b", { name: "c:d", tag: "d" }] },
      "models.1.tag: unknown key; the keys here are name, digest, for, preload, contextLength, keepAlive, readiness",
    ],
    [
      { models: [{ name: "a:b", keepalive: "5m" }] },
      "models.0.keepalive: unknown key; did you mean keepAlive? the keys here are name, digest, for, preload, " +
        "contextLength, keepAlive, readiness",
    ],
    [
      { models: [{ name: "a:b", readiness: { timeout: "1m" } }] },
      "models.0.readiness.timeout: unknown key; the keys here are prompt, pattern, minTokensPerSecond",
    ],
    [
      { volume: { name: "models", keep: true } },
      "volume.keep: unknown key; the keys here are name, readOnly, prune, retainOnDelete",
    ],
    [{ network: { name: "private" } }, "network.name: unknown key; the keys here are internal, subnet"],
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
