import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

const all = ["generate", "chat", "embed", "tags", "show", "ps", "version", "openai", "messages", "transcriptions"];
const list = "write a list of generate, chat, embed, tags, show, ps, version, openai, messages, transcriptions";
const oneOf = "write one of generate, chat, embed, tags, show, ps, version, openai, messages, transcriptions";
const name = "write small letters, digits and '-', 32 at most, a letter first";
const rotation = "write a whole number, 1 to 1000000";
const duration = "write a duration with its unit, for example 30s, 5m or 1h30m";
const size = "write a size with its unit, for example 16GiB or 512m";
const imageText = "haproxy:3.2.22-alpine3.24@sha256:79799e8b2977e60802774fa53d29e6b54e045402cdd8a8b9fe43923e7095a047";
const nodeText = "node:24.20.0-bookworm-slim@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e";
const first = { endpoints: all, priority: 0, allow: [], rotation: 1 };

const clientsOf = (...clients: readonly unknown[]) => parsed({ gateway: { clients } }).gateway.clients;

describe("the gateway", () => {
  it("is off and has these defaults where nothing is written", () => {
    expect(parsed({}).gateway).toEqual({
      enabled: false,
      image: imageText,
      usher: { image: nodeText, memory: 512, cpus: 1 },
      clients: [],
      hosts: [],
      rotationOverlap: 86400,
      maxQueue: 64,
      reload: "drop",
      maxBody: 32,
      readTimeout: 60,
      requestTimeout: 3600,
      holdTimeout: 300,
      drainTimeout: 300,
      tls: { mode: "none" },
      memory: 256,
      cpus: 1,
    });
  });

  it.each([
    ["enabled", "yes", "write true or false"],
    ["image", 7, "write an image, for example ollama/ollama:0.33.3, with @sha256:… behind it to pin it"],
    ["clients", "backend", "write a list of clients, for example [backend]"],
    ["hosts", "llm.example.org", "write a list of host names, for example [llm.example.org]"],
    ["rotationOverlap", "-1s", `${duration}; whole seconds, 0 to 8760h`],
    ["rotationOverlap", "1500ms", `${duration}; whole seconds, 0 to 8760h`],
    ["rotationOverlap", "9000h", `${duration}; whole seconds, 0 to 8760h`],
    ["rotationOverlap", 60, `${duration}; whole seconds, 0 to 8760h`],
    ["maxQueue", -1, "write a whole number, 0 to 10000"],
    ["maxQueue", 10_001, "write a whole number, 0 to 10000"],
    ["reload", "pass", "write one of drop, refuse"],
    ["requestTimeout", "25h", `${duration}; more than 0, at most 24h`],
    ["maxBody", true, size],
    ["maxBody", "0", "write 1m or more"],
    ["readTimeout", "0", `${duration}; more than 0, at most 168h`],
    ["holdTimeout", "0", `${duration}; more than 0, at most 168h`],
    ["drainTimeout", "-1s", `${duration}; more than 0, at most 168h`],
    ["memory", "127m", "write 128m or more"],
    ["memory", "100k", "write a size of whole MiB with its unit, for example 16GiB or 512m (units are powers of 1024)"],
    ["cpus", "many", "write a number of 0 or more, for example 2 or 1.5"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ gateway: { [key]: value } })).toEqual([`gateway.${key}: ${message}`]);
  });

  it.each([
    ["rotationOverlap", "0", 0],
    ["rotationOverlap", "1h30m", 5400],
    ["maxQueue", "0", 0],
    ["maxBody", "1m", 1],
    ["readTimeout", "1m30s", 90],
    ["holdTimeout", "500ms", 0.5],
    ["drainTimeout", "1h", 3600],
    ["memory", "128m", 128],
    ["cpus", "0", 0],
    ["cpus", "0.5", 0.5],
  ])("takes %s %j as %j", (key, value, result) => {
    expect(parsed({ gateway: { [key]: value } }).gateway).toHaveProperty(key, result);
  });

  it("lists its keys when one is unknown", () => {
    expect(problemsOf({ gateway: { port: 1 } })).toEqual([
      "gateway.port: unknown key; the keys here are enabled, image, usher, clients, hosts, rotationOverlap, maxQueue, reload, " +
        "maxBody, readTimeout, requestTimeout, holdTimeout, drainTimeout, tls, subnet, memory, cpus",
    ]);
  });
});

describe("a client", () => {
  it("is a name alone, and may then ask everything with its first token", () => {
    expect(clientsOf("backend")).toEqual([{ name: "backend", ...first }]);
  });

  it.each([
    [{ name: "a" }, { name: "a", ...first }],
    [
      { name: "web-2", endpoints: ["chat", "tags"] },
      { name: "web-2", ...first, endpoints: ["chat", "tags"] },
    ],
    [
      { name: "x".repeat(32), rotation: "7" },
      { name: "x".repeat(32), ...first, rotation: 7 },
    ],
    [
      { name: "a", rotation: 1_000_000 },
      { name: "a", ...first, rotation: 1_000_000 },
    ],
    [
      {
        name: "a",
        models: ["smollm2:135m"],
        maxParallel: "2",
        maxQueue: 0,
        priority: -5,
        maxTokens: 100,
        allow: ["reload"],
      },
      {
        ...{ name: "a", ...first, models: ["smollm2:135m"], maxParallel: 2, maxQueue: 0, priority: -5 },
        ...{ maxTokens: 100, allow: ["reload"] },
      },
    ],
  ])("is the object %j", (written, client) => {
    expect(clientsOf("backend", written)[1]).toEqual(client);
  });

  it.each([
    ["Backend", "name", name],
    ["2nd", "name", name],
    ["-a", "name", name],
    ["a.b", "name", name],
    ["a:b", "name", name],
    ["a\n", "name", name],
    ["", "name", name],
    ["x".repeat(33), "name", name],
    [{}, "name", "write a name, for example backend"],
    [{ name: 7 }, "name", "write a name, for example backend"],
    [{ name: "a", endpoints: "chat" }, "endpoints", list],
    [{ name: "a", endpoints: [] }, "endpoints", list],
    [{ name: "a", endpoints: ["chat", "pull"] }, "endpoints.1", oneOf],
    [{ name: "a", rotation: 0 }, "rotation", rotation],
    [{ name: "a", rotation: 1_000_001 }, "rotation", rotation],
    [{ name: "a", rotation: "1.5" }, "rotation", rotation],
    [{ name: "a", models: [] }, "models", "write a list of models, for example [gemma3n:e4b], or leave the key out"],
    [
      { name: "a", models: ["x:latest"] },
      "models.0",
      "name a tag that does not move instead of latest, for example gemma3n:e4b",
    ],
    [{ name: "a", maxParallel: 0 }, "maxParallel", "write a whole number, 1 to 10000"],
    [{ name: "a", maxQueue: -1 }, "maxQueue", "write a whole number, 0 to 10000"],
    [{ name: "a", priority: 1001 }, "priority", "write a whole number, -1000 to 1000"],
    [{ name: "a", maxTokens: 0 }, "maxTokens", "write a whole number, 1 to 10000000"],
    [{ name: "a", allow: ["pull"] }, "allow.0", "write one of reload"],
    [
      { name: "a", token: "x" },
      "token",
      "unknown key; the keys here are name, endpoints, models, maxParallel, maxQueue, priority, maxTokens, allow, rotation",
    ],
  ])("is not %j", (client, path, message) => {
    expect(problemsOf({ gateway: { clients: ["backend", client] } })).toEqual([
      `gateway.clients.1.${path}: ${message}`,
    ]);
  });

  it.each([7, null, [["backend"]]])("is not %j, which has no keys", (client) => {
    expect(problemsOf({ gateway: { clients: [client] } })).toEqual([
      "gateway.clients.0: write a name, for example backend, or an object with the keys name, endpoints, rotation and others",
    ]);
  });
});

describe("a host", () => {
  it.each(["llm.example.org", "LLM", "192.0.2.7", "::1", "fe80::1:2"])("is %s", (host) => {
    expect(parsed({ gateway: { hosts: [host] } }).gateway.hosts).toEqual([host]);
  });

  it.each([
    [7, "write a host name or address without a port"],
    ["", "write a host name or address without a port, for example llm.example.org"],
    ["https://llm.example.org", "write a host name or address without a port, for example llm.example.org"],
    ["[::1]", "write a host name or address without a port, for example llm.example.org"],
    ["*", "write a host name or address without a port, for example llm.example.org"],
    ["llm.example.org:8080", "write it without a port"],
  ])("is not %j", (host, message) => {
    expect(problemsOf({ gateway: { hosts: ["a", host] } })).toEqual([`gateway.hosts.1: ${message}`]);
  });
});

describe("TLS", () => {
  it("has the paths that are written", () => {
    const tls = { mode: "files", certificate: "/etc/gemma/tls/a.pem", key: "/etc/gemma/tls/b.pem" };
    expect(parsed({ gateway: { tls } }).gateway.tls).toEqual(tls);
  });

  it.each([
    ["mode", "acme", "write one of none, files, internal"],
    ["certificate", 7, "write the absolute path of a PEM file"],
    ["certificate", "tls/a.pem", "write the absolute path of a PEM file, for example /etc/gemma/tls/certificate.pem"],
    ["key", "~/b.pem", "write the absolute path of a PEM file, for example /etc/gemma/tls/certificate.pem"],
    ["ca", "/x", "unknown key; the keys here are mode, certificate, key"],
  ])("refuses %s %j", (key, value, message) => {
    expect(problemsOf({ gateway: { tls: { [key]: value } } })).toEqual([`gateway.tls.${key}: ${message}`]);
  });
});
