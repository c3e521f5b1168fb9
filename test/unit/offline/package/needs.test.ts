import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../../config/problems.ts";
import { resolveConfig } from "../../../../config/resolve.ts";
import { hostNeeds } from "../../../../offline/package/needs.ts";
import { parseManifest } from "../../../../ollama/manifest.ts";
import { testModel } from "../../support/model.ts";
import { contentNamed } from "../../support/package.ts";
import { parsed } from "../../support/raw-config.ts";

const created = "2026-11-22T08:00:00.000Z";
const model = parseManifest(testModel.text, "test");
const none: readonly string[] = [];
const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };

function image(...layers: readonly ReturnType<typeof contentNamed>[]) {
  return { name: "localhost/gemma:1", id: "sha256:1", config: contentNamed("config", 1_000_000), layers };
}

function needs(change: RawConfig, images: readonly ReturnType<typeof image>[], tools: Parameters<typeof hostNeeds>[3]) {
  return hostNeeds(resolveConfig(parsed({ ...embedded, ...change })), [model], images, tools, created);
}

describe("what a host must have", () => {
  it("is what the configuration and the contents of a complete package come to", () => {
    const layers = [contentNamed("weights", 1000), contentNamed("base", 30), contentNamed("notices", 4)];
    const tools = [contentNamed("node", 100), contentNamed("program", 7)];
    const change = { memory: "16GiB", cpus: "2.5", gpus: "device=0,2", address: "192.168.1.7", port: "8080" };
    expect(needs(change, [image(...layers)], tools)).toEqual({
      memoryBytes: 16 * 1024 ** 3,
      modelBytes: 5036,
      cpus: 2.5,
      gpus: { kind: "devices", ids: ["0", "2"] },
      gpuMemory: { weightsBytes: 2_849_959_424, totalBytes: 5_802_749_440, required: false },
      address: "192.168.1.7",
      port: 8080,
      subnets: { "network.subnet": null },
      engineBytes: 1000 + 2 * 34,
      containerdBytes: 2 * 1034,
      dataBytes: 107,
      certificate: null,
      created,
    });
  });

  it("has no memory limit and no GPU where the stack has none", () => {
    expect(needs({ memory: "0", gpus: "none" }, [], [])).toEqual({
      memoryBytes: 0,
      modelBytes: 5036,
      cpus: 0,
      gpus: { kind: "none" },
      address: "127.0.0.1",
      port: 11434,
      subnets: { "network.subnet": null },
      engineBytes: 0,
      containerdBytes: 0,
      dataBytes: 0,
      certificate: null,
      created,
    });
  });

  it("has the GPU memory of a model that is known, and nothing of one that is not", () => {
    const gpuMemory = (change: RawConfig) => needs({ gpus: "1", ...change }, [], []).gpuMemory;
    const small = gpuMemory({ readiness: { requireGpu: true } });
    const large = gpuMemory({ ollama: { contextLength: 16384 } });
    expect([small?.required, large?.required]).toEqual([true, false]);
    expect((large?.totalBytes ?? 0) - (small?.totalBytes ?? 0)).toBe(256 * 1024 ** 2);
    expect(gpuMemory({ models: [{ name: "gemma3n:e2b" }] })?.weightsBytes).toBeNull();
    expect(gpuMemory({ models: [{ name: "someone/gemma:1", digest: `sha256:${"b".repeat(64)}` }] })).toBeUndefined();
  });

  it("has the GPU memory of several models that are loaded at once, whose weights are unknown where one's are", () => {
    const both = (more: string) => ({ models: ["gemma3n:e4b", more], gpus: "1", ollama: { maxLoadedModels: 2 } });
    expect(needs(both("bge-m3:567m"), [], []).gpuMemory).toEqual({
      weightsBytes: 3_495_627_933,
      totalBytes: 5_911_547_037,
      required: false,
    });
    expect(needs(both("gemma3n:e2b"), [], []).gpuMemory?.weightsBytes).toBeNull();
  });

  it("counts once what several models share", () => {
    const own = { mediaType: "a", digest: `sha256:${"c".repeat(64)}`, size: 7 };
    const other = { ...model, blobs: [...model.blobs.slice(1), own] };
    const both = hostNeeds(resolveConfig(parsed(embedded)), [model, other], [], [], created);
    expect(both.modelBytes).toBe(5036 + 7);
  });

  it("has no port on a network that publishes none", () => {
    expect(needs({ network: { internal: true }, port: "8080" }, [], []).port).toBe(0);
  });

  describe("for a gateway", () => {
    const [certificate, key] = ["/etc/gemma/tls/certificate.pem", "/etc/gemma/tls/key.pem"];
    const gateway = (more: object = {}) => ({ gateway: { enabled: true, clients: ["backend"], ...more } });

    it.each([false, true])("is the port that it publishes, whose server publishes none, internal %s", (internal) => {
      expect(needs({ ...gateway(), network: { internal }, port: "8080" }, [], []).port).toBe(8080);
    });

    it("is the greatest CPU limit of its containers", () => {
      const limits = (more: object) => needs({ ...gateway(more), cpus: "2" }, [], []).cpus;
      expect(limits({ cpus: "3" })).toBe(3);
      expect(limits({ cpus: "3", usher: { cpus: "4" } })).toBe(4);
      expect(limits({ enabled: false, cpus: "3", usher: { cpus: "4" } })).toBe(2);
    });

    it("is the certificate that it reads, for the names that clients call", () => {
      const tls = { mode: "files", certificate, key };
      const { certificate: file, tls: told } = needs(gateway({ tls, hosts: ["llm.example.org"] }), [], []);
      expect([file, told]).toEqual([certificate, { key, hosts: ["llm.example.org"] }]);
    });

    it.each([
      ["makes its own", gateway({ tls: { mode: "internal", certificate, key } })],
      ["speaks plain text", gateway({ tls: { mode: "none", certificate, key } })],
      ["is off", gateway({ enabled: false, tls: { mode: "files", certificate, key } })],
    ])("is no certificate when it %s", (_, change) => {
      const { certificate: file, tls } = needs(change, [], []);
      expect([file, tls]).toEqual([null, undefined]);
    });
  });

  it("is the subnets of its networks, where they are written", () => {
    const gateway = { enabled: true, clients: ["backend"], subnet: "10.200.1.0/24" };
    expect(needs({ gateway }, [], []).subnets).toEqual({ "network.subnet": null, "gateway.subnet": "10.200.1.0/24" });
    expect(needs({ network: { subnet: "10.200.0.0/24" } }, [], []).subnets).toEqual({
      "network.subnet": "10.200.0.0/24",
    });
  });

  it("counts only what a package carries that needs an earlier one", () => {
    const layers = [contentNamed("weights", 1000, none), contentNamed("base", 30), contentNamed("old", 500, none)];
    const tools = [contentNamed("node", 100, none), contentNamed("program", 7)];
    expect(needs({}, [image(...layers)], tools)).toMatchObject({
      modelBytes: 5036,
      engineBytes: 60,
      containerdBytes: 60,
      dataBytes: 7,
    });
  });

  it("counts the layers of several images, the lowest of each once", () => {
    const one = image(contentNamed("a", 1000), contentNamed("b", 10));
    const two = image(contentNamed("c", 2000), contentNamed("d", 20));
    expect(needs({}, [one, two], [])).toMatchObject({ engineBytes: 3060, containerdBytes: 6060 });
  });
});
