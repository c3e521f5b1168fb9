import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddedStack, stack } from "../support/bundle.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../support/engine.ts";
import { haproxyImage, model, nodeImage, ollamaImage } from "../support/fixtures.ts";
import { gatewayKeys, tokensOf } from "../support/gateway.ts";
import { Project, writeScript, type StackConfig } from "../support/project.ts";
import { must, run, type Result } from "../support/shell.ts";

const registry = inject("registry");
const url = "http://127.0.0.1:11434";
const changed = /ollama-container (creating|deleting|deleted)/;

/** What the catalogue has to know of a model, so that its need of memory is known. */
async function catalogue(project: Project): Promise<void> {
  const file = join(project.folder, "config/models.json");
  const models = JSON.parse(await readFile(file, "utf8")) as Record<string, { memory: object }>;
  const bytes = registry.weights.size;
  const figures = { kvBytesPerToken: 23_040, computeBytes: 64 * 1024 ** 2, gpuOffloadBytes: bytes };
  const known = models["gemma3:4b"];
  models[model] = Object.assign({}, known, {
    for: ["chat"],
    takes: ["text"],
    digest: registry.digest,
    bytes,
    license: "none",
    memory: { ...known?.memory, ...figures },
  });
  await writeFile(file, JSON.stringify(models));
}

/** Stand-ins of NVIDIA's hook and of nvidia-smi, which tells one GPU with as many MiB free as a file has. */
async function gpuTools(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gemma-gpu-"));
  await writeScript(join(folder, "nvidia-container-runtime-hook"), "#!/bin/sh\nexit 0\n");
  await writeScript(join(folder, "nvidia-smi"), `#!/bin/sh\necho "0, GPU-1, $(cat ${folder}/free)"\n`);
  return folder;
}

describeWithEngine("a host whose GPU has no room for two servers", () => {
  let engine: Engine;
  let project: Project;
  let config: StackConfig;
  let folder: string;
  let token: string;
  let tuning = 0;

  beforeAll(async () => {
    folder = await gpuTools();
    engine = await startClosedEngine(folder);
    for (const image of [ollamaImage, haproxyImage, nodeImage]) await engine.load(image);
    config = { ...(await embeddedStack(registry, 11434)), gateway: await gatewayKeys(), gpus: 1 };
    const outside = await Project.create();
    await catalogue(outside);
    await outside.writeStack(stack, config);
    await must("node", ["commands/stage.ts", stack], { cwd: outside.folder });
    project = await Project.create({ ...engine.env, PATH: folder }, engine.prefix);
    await must("cp", ["-r", `${outside.folder}/staged`, `${project.folder}/staged`]);
    await outside.remove();
    await catalogue(project);
    await free(20_000);
    const { status, output } = await up({});
    expect(status, output).toBe(0);
    expect(output).not.toContain("Two servers");
    token = (await tokensOf(project))["backend"] ?? "";
  });

  afterAll(async () => {
    await engine.stop();
    await project.remove();
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    tuning += 1;
  });

  const free = (mebibytes: number) => writeFile(join(folder, "free"), String(mebibytes));
  const servers = async () =>
    (await engine.inside("docker", "ps", "--all", "--format", "{{.Names}}", "--filter", "name=ollama-container"))
      .split("\n")
      .filter((name) => name !== "");

  /** Brings the stack up with another configuration. */
  async function up(keys: StackConfig): Promise<Result> {
    await project.writeStack(stack, { ...config, ...keys });
    return project.run("node", ["commands/up.ts", stack]);
  }

  const anotherTuning = () => ({ ollama: { keepAlive: `${tuning}m` } });

  /** The most servers that were there at once while something was done. */
  async function mostServers<T>(work: Promise<T>): Promise<{ most: number; result: T }> {
    let most = 0;
    const watch = new AbortController();
    const result = work.finally(() => {
      watch.abort();
    });
    while (!watch.signal.aborted) {
      most = Math.max(most, (await servers()).length);
      await sleep(50);
    }
    return { most, result: await result };
  }

  /** Asks through the gateway until as many requests were answered, and tells what failed. */
  async function asked(count: number): Promise<string[]> {
    const body = JSON.stringify({
      model,
      prompt: "The capital of France is",
      stream: false,
      options: { num_predict: 8 },
    });
    const args = ["curl", "-sS", "--max-time", "240", "-H", `Authorization: Bearer ${token}`, `${url}/api/generate`];
    const [first = "", ...rest]: readonly string[] = [...engine.prefix, ...args, "-d", body];
    const failed: string[] = [];
    for (let sent = 0; sent < count; sent += 1) {
      const { stdout, output } = await run(first, rest);
      if (!stdout.includes('"done":true')) failed.push(output);
      await sleep(500);
    }
    return failed;
  }

  const sentence =
    /^Two servers do not fit on this host: another one needs 1\.\d+ GiB of GPU memory, and 900 MiB are free on the reserved GPUs\. The running server is removed before its replacement starts; the gateway holds requests meanwhile, each for 5 min 0 s at most \(gateway\.holdTimeout\)$/m;

  it("says so before anything changes, recreates the server while requests wait, and has nothing to change afterwards", async () => {
    await free(900);
    const before = await servers();
    const [failed, { most, result }] = await Promise.all([asked(30), mostServers(up(anotherTuning()))]);
    expect(result.status, result.output).toBe(0);
    expect(result.output).toMatch(sentence);
    expect(result.output.search(sentence)).toBeLessThan(result.output.search(changed));
    expect(failed).toEqual([]);
    expect(most).toBe(1);
    expect(await servers()).not.toEqual(before);
    expect((await project.refresh(stack)).status).toBe(0);
    const preview = await project.preview(stack, "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
    expect(preview.output).not.toContain("Two servers");
  });

  it("says nothing where nothing of the server changes", async () => {
    const { ollama } = { ollama: { keepAlive: `${tuning - 1}m` } };
    const { status, output } = await up({ ollama, gateway: { ...(await gatewayKeys()), maxQueue: 9 } });
    expect(status, output).toBe(0);
    expect(output).not.toContain("Two servers");
    expect(output).not.toMatch(changed);
  });

  it("shows it in the plan of Pulumi itself, whose update goes the same way", async () => {
    const before = await servers();
    await project.writeStack(stack, { ...config, ...anotherTuning() });
    const preview = await project.preview(stack);
    expect(preview.output).toContain("Two servers do not fit on this host");
    expect(await servers()).toEqual(before);
    const { most, result } = await mostServers(project.up(stack));
    expect(result.status, result.output).toBe(0);
    expect(most).toBe(1);
    const after = await project.preview(stack, "--expect-no-changes");
    expect(after.status, after.output).toBe(0);
  });

  it("starts the new server first where there is room", async () => {
    await free(3000);
    const { most, result } = await mostServers(up(anotherTuning()));
    expect(result.status, result.output).toBe(0);
    expect(result.output).not.toContain("Two servers");
    expect(most).toBe(2);
  });

  it("says what is not known, and starts the new server first", async () => {
    await writeFile(join(folder, "free"), "[N/A]");
    const { most, result } = await mostServers(up(anotherTuning()));
    expect(result.output).toContain(
      "Whether two servers fit on this host is not known: nvidia-smi does not tell the free memory of the reserved GPUs.",
    );
    expect(most).toBe(2);
  });

  it("never has a third one after an update that failed", async () => {
    await free(20_000);
    const [serving] = await servers();
    const failed = await up({ ...anotherTuning(), readiness: { pattern: "Atlantis", timeout: "60s" } });
    expect(failed.status).not.toBe(0);
    expect(await servers()).toHaveLength(2);
    const going = mostServers(up({ ollama: { keepAlive: "99m" } }));
    const [lost, { most, result }] = await Promise.all([asked(10), going]);
    expect(result.status, result.output).toBe(0);
    expect(result.output).toContain("Removing the server of an update that failed, before another one is started");
    expect(lost).toEqual([]);
    expect(most).toBe(2);
    expect(await servers()).toHaveLength(1);
    expect(await servers()).not.toContain(serving);
  });
});
