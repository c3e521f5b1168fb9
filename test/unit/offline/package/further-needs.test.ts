import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../../config/problems.ts";
import { resolveConfig } from "../../../../config/resolve.ts";
import { furtherNeedsName, readFurtherNeeds } from "../../../../offline/package/further-needs.ts";
import { furtherNeeds } from "../../../../offline/package/needs.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { parsed } from "../../support/raw-config.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const MiB = 1024 ** 2;

const unknown = { memory: null, inodes: {} };

/** A folder with the file, listed as it was written. */
async function written(text: string) {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 1000);
  await writer.writeFile(furtherNeedsName, text);
  return { folder, files: writer.files };
}

describe("what a manifest has no place for", () => {
  it("is read back as it was written, and what later programs write beside it is left alone", async () => {
    const needs = { memory: 9_000_000_000, inodes: { "sha256:1": 12 } };
    expect(readFurtherNeeds(await written(JSON.stringify({ ...needs, more: true })))).toEqual(needs);
    const growing = { ...needs, growth: { figures: 1, logs: 2 }, ports: { "monitoring.port": 9090 } };
    expect(readFurtherNeeds(await written(JSON.stringify(growing)))).toEqual(growing);
  });

  it("is unknown of a package from before, and where it is not as the manifest says", async () => {
    expect(readFurtherNeeds({ folder: tempFolder(), files: {} })).toEqual(unknown);
    expect(readFurtherNeeds(await written('{"memory":"much"}'))).toEqual(unknown);
    const changed = await written(JSON.stringify({ memory: 1, inodes: {} }));
    writeFileSync(join(changed.folder, furtherNeedsName), JSON.stringify({ memory: 2, inodes: {} }));
    expect(readFurtherNeeds(changed)).toEqual(unknown);
  });

  it("has the host memory of a model that is known, on the CPU and beside a GPU", () => {
    const memory = (change: RawConfig) => furtherNeeds(resolveConfig(parsed(change)), {}).memory;
    expect([memory({ gpus: "none" }), memory({ gpus: "1" })]).toEqual([9_158_201_852, 5_771_371_516]);
    const gateway = { enabled: true, clients: ["backend"], memory: "128m", usher: { memory: "256m" } };
    const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };
    expect(memory({ ...embedded, gpus: "none", gateway })).toBe(9_158_201_852 + 384 * 1024 ** 2);
    const several = { models: ["gemma3n:e4b", "bge-m3:567m"], ollama: { maxLoadedModels: 2 } };
    expect(memory({ ...several, gpus: "none" })).toBe(11_658_051_737);
    expect(memory({ models: [{ name: "someone/gemma:1", digest: `sha256:${"b".repeat(64)}` }] })).toBeNull();
  });

  it("has the ports that a monitoring publishes, and not those that Docker chooses", () => {
    const ports = (monitoring?: RawConfig) => furtherNeeds(resolveConfig(parsed({ monitoring })), {}).ports;
    expect(ports()).toEqual({});
    expect(ports({ enabled: true, alertsPort: 0 })).toEqual({ "monitoring.port": 9090 });
    expect(ports({ enabled: true, grafana: { enabled: true } })).toEqual({
      "monitoring.port": 9090,
      "monitoring.alertsPort": 9093,
      "monitoring.grafana.port": 3000,
    });
  });

  it("tells whether a container sees the host's processes", () => {
    const sees = (enabled: boolean) => furtherNeeds(resolveConfig(parsed({ watcher: { enabled } })), {}).hostProcesses;
    expect([sees(true), sees(false)]).toEqual([true, false]);
  });

  it("has what figures and logs may grow to: a fifth of the disk beside the figures, and a block", () => {
    const growth = (change: RawConfig) => furtherNeeds(resolveConfig(parsed(change)), {}).growth;
    const logs = 30 * MiB;
    expect(growth({})).toEqual({ figures: 0, logs });
    const gateway = { enabled: true, clients: ["backend"] };
    const behind = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}`, gateway };
    const monitoring = { enabled: true, retentionSize: "4GiB" };
    expect(growth({ ...behind, monitoring })).toEqual({ figures: (5 * 1024 + 512) * MiB, logs: 8 * logs });
    const all = { gpus: "1", watcher: { enabled: true }, monitoring: { ...monitoring, grafana: { enabled: true } } };
    expect(growth({ ...behind, ...all, logging: { maxSize: "1m", maxFile: 2 } })?.logs).toBe(11 * 2 * MiB);
  });
});
