import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { containers, inspect } from "../support/container.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../support/engine.ts";
import { model, ollamaImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, writeScript, type StackConfig } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { smallServer } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-gpu");

async function configuration(): Promise<StackConfig> {
  return {
    model: { name: model, digest: registry.digest },
    registry: registry.url,
    delivery: "embedded",
    baseImage: await docker("image", "inspect", "--format", "{{.Id}}", ollamaImage),
    port: await freePort(),
    ...smallServer,
    gpus: 1,
  };
}

describe("a GPU on a host without the NVIDIA runtime", () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
    await project.writeStack("gpu", { ...(await configuration()), delivery: "pull", volume: { name: volume } });
    await project.createStack("gpu");
  });

  afterAll(async () => {
    await project.destroy("gpu");
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it("is refused with what to install, before a container is made", async () => {
    const { status, output } = await project.up("gpu");
    expect(output).toContain(
      "Docker cannot give a container the GPUs of the key gpus (1): this host lacks the NVIDIA container runtime: " +
        "install the package nvidia-container-toolkit (and the NVIDIA driver), run `nvidia-ctk runtime configure --runtime=docker`, and restart Docker",
    );
    expect(status).not.toBe(0);
    expect(await containers({ volume })).toEqual([]);
  });
});

/** Docker looks for the toolkit's hook on its PATH; this stand-in lets containers start without a GPU. */
describeWithEngine("a GPU on an engine with a stand-in of the NVIDIA hook", () => {
  let folder: string;
  let engine: Engine;
  let project: Project;
  let config: StackConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-hook-"));
    await writeScript(join(folder, "nvidia-container-runtime-hook"), "#!/bin/sh\nexit 0\n");
    engine = await startClosedEngine(folder);
    await engine.load(ollamaImage);
    project = await Project.create(engine.env, engine.prefix);
    config = await configuration();
    await project.writeStack("gpu", config);
    await project.createStack("gpu");
    await must("node", ["commands/stage.ts", "gpu"], { cwd: project.folder });
  });

  afterAll(async () => {
    await project.destroy("gpu");
    await engine.stop();
    await project.remove();
    await rm(folder, { recursive: true });
  });

  const deviceRequests = async () => {
    const [container = ""] = await containers({ env: engine.env });
    const requests = (await inspect(container, engine.env)).HostConfig.DeviceRequests;
    return requests?.map((request) => ({ ...request, DeviceIDs: request.DeviceIDs.toSorted() }));
  };

  it("reserves a count of GPUs", async () => {
    const { status } = await project.up("gpu");
    expect(status).toBe(0);
    expect(await deviceRequests()).toEqual([
      { Driver: "nvidia", Count: 1, DeviceIDs: [], Capabilities: [["gpu"]], Options: {} },
    ]);
  });

  it("previews clean after a refresh", async () => {
    expect((await project.refresh("gpu")).status).toBe(0);
    expect((await project.preview("gpu", "--expect-no-changes")).status).toBe(0);
  });

  it("reserves GPUs by their IDs", async () => {
    await project.writeStack("gpu", { ...config, gpus: "device=0,2" });
    expect((await project.up("gpu")).status).toBe(0);
    expect(await deviceRequests()).toEqual([
      { Driver: "nvidia", Count: 0, DeviceIDs: ["0", "2"], Capabilities: [["gpu"]], Options: {} },
    ]);
    expect((await project.preview("gpu", "--expect-no-changes")).status).toBe(0);
  });

  it("fails the gate when the model is required on the GPU and runs on the CPU", async () => {
    await project.writeStack("gpu", { ...config, readiness: { requireGpu: true } });
    const { status, output } = await project.up("gpu");
    expect(output).toContain(
      `Readiness gate, step 5/5 GPU holds the model, failed: 0 % of ${model} is on the GPU, the rest on the CPU; ` +
        "check the driver and the GPU's free memory",
    );
    expect(status).not.toBe(0);
  });
});
