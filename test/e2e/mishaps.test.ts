import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stoppedByHand } from "../../engine/stopped-by-hand.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { ask, containers } from "../support/container.ts";
import { blobRequests, model } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { killFamily } from "../support/kill.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-mishaps");

describe("whatever happened to a running stack, the next up", () => {
  let project: Project;
  let config: StackConfig;
  let url: string;
  let changes = 0;

  const up = () => project.run("npm", ["run", "up:dev"]);
  const server = async () => (await project.outputs("dev")).containerName;
  const state = () => join(project.folder, "state/.pulumi/stacks/gemma/dev.json");
  const locks = () => join(project.folder, "state/.pulumi/locks/organization/gemma/dev");

  /** Writes a configuration that needs another container. */
  async function change(): Promise<void> {
    changes += 1;
    await project.writeStack("dev", { ...config, ollama: { keepAlive: `${changes}m` } });
  }

  async function writeLock(text: string): Promise<void> {
    await mkdir(locks(), { recursive: true });
    await writeFile(join(locks(), "00000000-0000-0000-0000-000000000000.json"), text);
  }

  async function kill(moment: RegExp): Promise<void> {
    await change();
    const { stopped, output } = await project.stopAt(moment, (pid) => killFamily(pid), "npm", ["run", "up:dev"]);
    expect(stopped, output).toBe(true);
  }

  beforeAll(async () => {
    project = await Project.create();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    config = pullingStack(registry, volume, port);
    await project.writeStack("dev", config);
    const { status, output } = await up();
    expect(status, output).toBe(0);
  });

  afterAll(async () => {
    await project.run("npm", ["run", "down", "-s", "dev"]);
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it("does not answer after docker kill until somebody starts it, as health says", async () => {
    const name = await server();
    const health = () => project.run("npm", ["run", "health", "-s", "dev"]);
    await docker("kill", name);
    const { status, output } = await health();
    expect(output).toContain(`${stoppedByHand(name)}: start it with \`docker start ${name}\``);
    expect(status).toBe(exitStatus.failed);
    await docker("start", name);
    expect((await health()).status).toBe(0);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["docker stop", async () => docker("stop", "--time", "1", await server())],
    ["docker kill", async () => docker("kill", await server())],
    [
      "docker rm -f, and docker network rm",
      async () => {
        const name = await server();
        const network = await docker(
          "inspect",
          "--format",
          "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
          name,
        );
        await docker("rm", "-f", name);
        await docker("network", "rm", network);
      },
    ],
    ["kill -9 while it refreshes", () => kill(/ refresh /)],
    ["kill -9 while the old container goes", () => kill(/ollama-container (deleting|deleted) original/)],
    ["kill -9 while the new container comes", () => kill(/ollama-container creating replacement/)],
    ["kill -9 while the model is looked at", () => kill(/models-command updating/)],
    ["kill -9 while parameters are set", () => kill(/parameters-command updating/)],
    ["kill -9 in the readiness gate", () => kill(/readiness-command updating/)],
    ["attributes of the state of 0 bytes", () => truncate(`${state()}.attrs`)],
    ["a lock of 0 bytes", () => writeLock("")],
    [
      "a lock of another host",
      () =>
        writeLock(
          JSON.stringify({ pid: 1, username: "root", hostname: "elsewhere", timestamp: "2026-11-01T00:00:00Z" }),
        ),
    ],
  ])("serves again after %s", async (what, mishap) => {
    const requests = await blobRequests(registry);
    const name = await server();
    await mishap();
    const { status, output } = await up();
    expect(output.includes(`${stoppedByHand(name)}: starting it now`), output).toBe(/^docker (stop|kill)$/.test(what));
    expect(status, output).toBe(0);
    expect(output).toContain(`${model} serves at ${url}`);
    expect(await ask(url, model)).toContain("Paris");
    expect(await blobRequests(registry)).toBe(requests);
    expect(await containers({ volume })).toEqual([await server()]);
    expect(await readdir(locks())).toEqual([]);
    const preview = await project.preview("dev", "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
  });

  it("has a damaged file in the volume told by the doctor, and brought again with --fix", async () => {
    const doctor = (...more: string[]) => project.run("npm", ["run", "doctor", "-s", "dev", "--", "--files", ...more]);
    const folder = await docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume);
    const { digest } = registry.weights;
    const file = join(folder, "blobs", digest.replace(":", "-"));
    await must("dd", ["if=/dev/zero", `of=${file}`, "bs=1000", "seek=50000", "count=1", "conv=notrunc"]);
    const told = await doctor();
    expect(told.stdout).toContain(`ERROR model-files-damaged: Files of the models in ${await server()} are not what`);
    expect(told.stdout).toContain(`blob ${digest.replace(":", "-")}: its SHA-256 is another`);
    expect(told.status).toBe(exitStatus.failed);
    const mended = await doctor("--fix");
    expect(mended.output).toContain(`Nothing is wrong with the stack dev`);
    expect(mended.status, mended.output).toBe(0);
    expect(await ask(url, model)).toContain("Paris");
  });
});

describe("a volume that the stack has made", () => {
  it("goes with it where it is not to be kept, also after a refresh", async () => {
    const name = uniqueName("gemma-e2e-made");
    const project = await Project.create();
    await project.writeStack("dev", pullingStack(registry, name, await freePort()));
    const { status, output } = await project.run("npm", ["run", "up:dev"]);
    expect(status, output).toBe(0);
    expect(output).not.toContain("is not one that this stack has made");
    expect((await project.refresh("dev")).status).toBe(0);
    const preview = await project.preview("dev", "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
    await project.run("npm", ["run", "down", "-s", "dev"]);
    expect(await docker("volume", "ls", "--quiet", "--filter", `name=${name}`)).toBe("");
    await project.remove();
  });
});

describe("a volume that was there before, with labels and options of its own", () => {
  it.each([true, false])("is used as it is and never replaced, with retainOnDelete %s", async (retainOnDelete) => {
    const name = uniqueName("gemma-e2e-compose");
    const folder = await mkdtemp(join(tmpdir(), "gemma-disk-"));
    const options = ["type=none", "o=bind", `device=${folder}`].flatMap((option) => ["--opt", option]);
    const labels = ["com.docker.compose.project=chatgemma", "com.docker.compose.volume=models"];
    await docker("volume", "create", ...options, ...labels.flatMap((label) => ["--label", label]), name);
    // Its time of creation is that of the last change in the folder. A volume made anew would have no labels.
    const lasting = () => docker("volume", "inspect", "--format", "{{json .Labels}} {{json .Options}}", name);
    const before = await lasting();
    const project = await Project.create();
    const config = pullingStack(registry, name, await freePort());
    const up = async (keepAlive: string) => {
      await project.writeStack("dev", { ...config, volume: { name, retainOnDelete }, ollama: { keepAlive } });
      const { status, output } = await project.run("npm", ["run", "up:dev"]);
      expect(status, output).toBe(0);
      return output;
    };
    await up("1m");
    const requests = await blobRequests(registry);
    const again = await up("2m");
    expect(again).not.toMatch(/models-volume (creating|replac|delet)/);
    expect(await lasting()).toBe(before);
    expect(await readdir(join(folder, "blobs"))).not.toEqual([]);
    expect(await blobRequests(registry)).toBe(requests);
    const preview = await project.preview("dev", "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
    const warning = `The volume ${name} is not one that this stack has made, so it stays when the stack is taken down`;
    expect(again.includes(warning), again).toBe(!retainOnDelete);
    expect((await project.refresh("dev")).status).toBe(0);
    const refreshed = await project.preview("dev", "--expect-no-changes");
    expect(refreshed.status, refreshed.output).toBe(0);
    await project.run("npm", ["run", "down", "-s", "dev"]);
    expect(await lasting()).toBe(before);
    expect(await readdir(join(folder, "blobs"))).not.toEqual([]);
    await run("docker", ["volume", "rm", "-f", name]);
    await rm(folder, { recursive: true });
    await project.remove();
  });
});
