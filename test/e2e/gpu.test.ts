import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { isAtLeast } from "../../engine/judge.ts";
import { imageId } from "../support/bundle.ts";
import { containers, inspect } from "../support/container.ts";
import { describeWithEngine, startEngine, type Engine } from "../support/engine.ts";
import { engineKind } from "../support/engine-kinds.ts";
import { model, ollamaImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, writeScript, type StackConfig } from "../support/project.ts";
import { must, run } from "../support/shell.ts";
import { smallServer } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-gpu");

async function configuration(): Promise<StackConfig> {
  return {
    models: [{ name: model, digest: registry.digest }],
    registry: registry.url,
    delivery: "embedded",
    baseImage: await imageId(ollamaImage),
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
    expect(output).toContain("Docker cannot give a container the GPUs of the key gpus (1):");
    expect(output).toContain(
      "- NVIDIA driver: no NVIDIA driver is loaded: install the NVIDIA driver and load it with `modprobe nvidia`",
    );
    expect(output).toContain(
      "- NVIDIA toolkit: nothing of the toolkit: install the package nvidia-container-toolkit, " +
        "run `nvidia-ctk runtime configure --runtime=docker`, and restart Docker",
    );
    expect(output).toContain(
      'Docker said: docker: Error response from daemon: could not select device driver "nvidia"',
    );
    expect(status).not.toBe(0);
    expect(await containers({ volume })).toEqual([]);
  });
});

/** A way in which Docker gives containers GPUs, with a stand-in for NVIDIA's part of it. */
interface Way {
  readonly name: string;
  /** Puts the stand-in into a folder that is first on Docker's PATH, and returns options for Docker. */
  install(folder: string): Promise<readonly string[]>;
  /** The GPUs that a container has. */
  given(container: string, env: NodeJS.ProcessEnv): Promise<string>;
  /** All of them. */
  readonly all: string;
  /** What `up` says when GPU 5 is asked for. */
  refused(folder: string): readonly string[];
}

const inContainer = (container: string, env: NodeJS.ProcessEnv, script: string) =>
  must("docker", ["exec", container, "sh", "-c", script], { env: { ...process.env, ...env } });

const hook: Way = {
  name: "the older hook",
  install: async (folder) => {
    const script = "#!/bin/sh\ngrep -q VISIBLE_DEVICES=5 config.json || exit 0\n";
    await writeScript(
      join(folder, "nvidia-container-runtime-hook"),
      `${script}echo 'nvidia-container-cli: device error: 5: unknown device' >&2\nexit 1\n`,
    );
    return [];
  },
  given: (container, env) =>
    inContainer(container, env, "tr '\\0' '\\n' < /proc/1/environ | sed -n s/^NVIDIA_VISIBLE_DEVICES=//p"),
  all: "all",
  refused: () => ["- GPUs: the program nvidia-smi was not found", "device error: 5: unknown device"],
};

const cdi: Way = {
  name: "CDI",
  install: async (folder) => {
    const path = join(folder, "nvidia-cdi-hook");
    await writeScript(path, "#!/bin/sh\nexit 0\n");
    const node = (index: string) => ({ path: `/dev/nvidia${index}`, hostPath: "/dev/null" });
    const device = (name: string, ...indices: string[]) => ({
      name,
      containerEdits: { deviceNodes: indices.map(node) },
    });
    const hooks = [{ hookName: "createContainer", path, args: ["nvidia-cdi-hook", "update-ldcache"] }];
    const spec = { cdiVersion: "0.5.0", kind: "nvidia.com/gpu", containerEdits: { hooks } };
    await writeFile(
      join(folder, "nvidia.yaml"),
      stringify({ ...spec, devices: [device("0", "0"), device("2", "2"), device("all", "0", "2")] }),
    );
    return ["--cdi-spec-dir", folder];
  },
  given: (container, env) => inContainer(container, env, "cd /dev && echo nvidia* | sed 's/nvidia//g; s/ /,/g'"),
  all: "0,2",
  refused: (folder) => [
    `- CDI specification: ${folder}/nvidia.yaml has no GPU 5: run \`nvidia-ctk cdi generate --output=${folder}/nvidia.yaml\``,
    "Docker said: docker: Error response from daemon: CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=5",
  ],
};

/** Of the engine that the tests with an engine of their own start. */
function engineVersion(): string {
  const { path } = engineKind();
  const env = { ...process.env, PATH: [...path, process.env["PATH"]].join(delimiter) };
  return /version ([^,\s]+)/.exec(spawnSync("dockerd", ["--version"], { encoding: "utf8", env }).stdout)?.[1] ?? "";
}

const givesByCdi = isAtLeast(engineVersion(), "29.2");
if (!givesByCdi) process.stdout.write(`GPUs by CDI are not tried: Docker ${engineVersion()} does not give them\n`);

for (const way of givesByCdi ? [hook, cdi] : [hook])
  describeWithEngine(`a GPU on an engine with a stand-in of ${way.name}`, () => {
    let folder: string;
    let engine: Engine;
    let project: Project;
    let config: StackConfig;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "gemma-gpu-"));
      const kind = engineKind();
      engine = await startEngine({ ...kind, options: [...kind.options, ...(await way.install(folder))] }, folder);
      await engine.load(ollamaImage);
      // The program looks for what Docker has on its PATH.
      const path = [folder, process.env["PATH"]].join(delimiter);
      project = await Project.create({ ...engine.env, PATH: path }, engine.prefix);
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

    /** What the stack's container asks for, and what it has. */
    const gpus = async () => {
      const [container = ""] = await containers({ env: engine.env });
      const requests = (await inspect(container, engine.env)).HostConfig.DeviceRequests;
      return {
        requests: requests?.map((request) => ({ ...request, DeviceIDs: request.DeviceIDs.toSorted() })),
        given: (await way.given(container, engine.env)).split(",").toSorted().join(),
      };
    };

    it("reserves a count of GPUs", async () => {
      const { status } = await project.up("gpu");
      expect(status).toBe(0);
      expect(await gpus()).toEqual({
        requests: [{ Driver: "nvidia", Count: 1, DeviceIDs: [], Capabilities: [["gpu"]], Options: {} }],
        given: "0",
      });
    });

    it("previews clean after a refresh", async () => {
      expect((await project.refresh("gpu")).status).toBe(0);
      expect((await project.preview("gpu", "--expect-no-changes")).status).toBe(0);
    });

    it("reserves GPUs by their IDs", async () => {
      await project.writeStack("gpu", { ...config, gpus: "device=0,2" });
      expect((await project.up("gpu")).status).toBe(0);
      expect(await gpus()).toEqual({
        requests: [{ Driver: "nvidia", Count: 0, DeviceIDs: ["0", "2"], Capabilities: [["gpu"]], Options: {} }],
        given: "0,2",
      });
      expect((await project.preview("gpu", "--expect-no-changes")).status).toBe(0);
    });

    it("reserves all GPUs", async () => {
      await project.writeStack("gpu", { ...config, gpus: "all" });
      expect((await project.up("gpu")).status).toBe(0);
      expect(await gpus()).toEqual({
        requests: [{ Driver: "nvidia", Count: -1, DeviceIDs: [], Capabilities: [["gpu"]], Options: {} }],
        given: way.all,
      });
    });

    it("leaves the container alone when a GPU cannot be given", async () => {
      const before = await containers({ env: engine.env });
      await project.writeStack("gpu", { ...config, gpus: "device=5" });
      const { status, output } = await project.up("gpu");
      expect(output).toContain("Docker cannot give a container the GPUs of the key gpus (device=5):");
      for (const line of way.refused(folder)) expect(output).toContain(line);
      expect(status).not.toBe(0);
      expect(await containers({ env: engine.env })).toEqual(before);
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
