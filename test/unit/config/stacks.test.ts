import { beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { checkConfig, type Checked } from "../../../config/check.ts";
import { readStackFiles } from "../../../config/stack-files.ts";
import { e4bDigest } from "../support/raw-config.ts";

const gemma = { name: "gemma3n:e4b", digest: e4bDigest, for: ["chat"], preload: false, keepAlive: undefined };
const models = [
  gemma,
  {
    name: "bge-m3:567m",
    digest: "sha256:7907646426070047a77226ac3e684fbbe8410524f7b4a74d02837e43f2146bab",
    for: ["embedding"],
    preload: true,
    keepAlive: "-1s",
    vectorLength: 1024,
    korean: true,
  },
  {
    name: "gemma4:e4b-it-qat",
    digest: "sha256:ee665637121887cf3befff38abbb1be4ee117c7db867d97a67e29049ecd7e15f",
    for: ["chat", "vision", "audio"],
    preload: false,
    keepAlive: undefined,
  },
];

async function checkStack(stack: string): Promise<Checked> {
  process.chdir(projectFolder);
  return checkConfig(readStackFiles(stack), stack);
}

describe("the stack dev", () => {
  let checked: Checked;
  beforeAll(async () => {
    checked = await checkStack("dev");
  });

  it("passes every rule", () => {
    expect(checked.message).toBeUndefined();
  });

  it("pulls into the volume ollama-models and answers any origin on loopback", () => {
    expect(checked.config).toMatchObject({
      models: [gemma],
      delivery: "pull",
      address: "127.0.0.1",
      port: 11434,
      replacement: "recreate",
      volume: { name: "ollama-models", readOnly: false, prune: false, retainOnDelete: true },
      memory: 12288,
      gpus: { kind: "none" },
      ollama: { origins: ["*"], numParallel: 1, keepAlive: "5m", threads: undefined },
    });
  });
});

describe("the stack prod", () => {
  let checked: Checked;
  beforeAll(async () => {
    checked = await checkStack("prod");
  });

  it("passes every rule", () => {
    expect(checked.message).toBeUndefined();
  });

  it("embeds three models on a pinned base", () => {
    expect(checked.config).toMatchObject({
      models,
      delivery: "embedded",
      baseImage: "ollama/ollama:0.33.3@sha256:32931b46719f673c05fdbaa81ccb26da18ea4a1c57590a754874ab28ba269eb2",
    });
  });

  it("has these limits", () => {
    expect(checked.config).toMatchObject({
      memory: 16384,
      memoryReservation: 8192,
      cpus: 8,
      gpus: { kind: "count", count: 1 },
    });
  });

  it("serves four requests at once, with the model for vectors and another for ten minutes", () => {
    expect(checked.config?.ollama).toMatchObject({
      numParallel: 4,
      maxLoadedModels: 2,
      keepAlive: "10m",
      threads: 8,
      noCloud: true,
    });
  });

  it("answers listed origins only", () => {
    expect(checked.config?.ollama.origins).toEqual(["http://localhost:8080"]);
  });

  it("requires a GPU that generates at least five tokens per second", () => {
    expect(checked.config?.readiness).toMatchObject({ requireGpu: true, minTokensPerSecond: 5 });
  });
});
