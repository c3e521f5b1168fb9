import { beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { checkConfig, type Checked } from "../../../config/check.ts";
import { readStackFiles } from "../../../config/stack-files.ts";
import { e4bDigest } from "../support/raw-config.ts";

const gemma = { name: "gemma3n:e4b", digest: e4bDigest };

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
      model: gemma,
      delivery: "pull",
      address: "127.0.0.1",
      port: 11434,
      replacement: "recreate",
      volume: { name: "ollama-models", readOnly: false, retainOnDelete: true },
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

  it("embeds the model on a pinned base", () => {
    expect(checked.config).toMatchObject({
      model: gemma,
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

  it("serves four requests at once with one model for ten minutes", () => {
    expect(checked.config?.ollama).toMatchObject({
      numParallel: 4,
      maxLoadedModels: 1,
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
