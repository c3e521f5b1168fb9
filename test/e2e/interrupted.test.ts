import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { exitStatus, statusOfSignal } from "../../support/exit-status.ts";
import { ask, containers } from "../support/container.ts";
import { model, ollamaImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { docker, run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-interrupted");
const stranger = uniqueName("gemma-e2e-stranger");

describe("a stack", () => {
  let project: Project;
  let config: StackConfig;
  let url: string;

  const up = () => project.run("npm", ["run", "up:dev"]);
  const down = () => project.run("npm", ["run", "down", "-s", "dev"]);
  const bookkeeping = (...path: string[]) => join(project.folder, "state/.pulumi", ...path);
  const stateFile = () => bookkeeping("stacks/gemma/dev.json");

  beforeAll(async () => {
    project = await Project.create();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    config = pullingStack(registry, volume, port);
    await project.writeStack("dev", { ...config, volume: { name: volume } });
    const { status, output } = await up();
    expect(status, output).toBe(0);
  });

  afterAll(async () => {
    await run("docker", ["rm", "-f", stranger]);
    await down();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it.each([
    ["Ctrl-C", "SIGINT", "1m"],
    ["TERM", "SIGTERM", "2m"],
    ["HUP", "SIGHUP", "3m"],
  ] as const)(
    "passes %s on to Pulumi once, keeps the lock until it has ended, and carries on",
    async (_, signal, keepAlive) => {
      await project.writeStack("dev", { ...config, volume: { name: volume }, ollama: { keepAlive } });
      // To the whole group, as a terminal does.
      const interrupt = (pid: number) => void process.kill(-pid, signal);
      const args = ["commands/up.ts", "dev"];
      const { stopped, status, output } = await project.stopAt(/readiness-command updating/, interrupt, "node", args);
      expect(stopped, output).toBe(true);
      expect(output.split("Interrupted; Pulumi ends what it is at").length).toBe(2);
      expect(output.split("; cancelling").length, output).toBe(2);
      expect(output).toContain("Interrupted; the next run carries on from here\n");
      expect(status).toBe(statusOfSignal(signal));
      expect(await readdir(bookkeeping("locks/organization/gemma/dev"))).toEqual([]);

      const again = await up();
      expect(again.status, again.output).toBe(0);
      expect(await ask(url, model)).toContain("Paris");
      const preview = await project.preview("dev", "--expect-no-changes");
      expect(preview.status, preview.output).toBe(0);
    },
  );

  it("has its live run named and waited for", async () => {
    await project.writeStack("dev", { ...config, volume: { name: volume }, ollama: { keepAlive: "4m" } });
    let second: ReturnType<typeof up> | undefined;
    const first = await project.stopAt(/models-command updating/, () => void (second = up()), "npm", ["run", "up:dev"]);
    expect(first.status, first.output).toBe(0);
    const { status, output } = (await second) ?? {};
    expect(output).toMatch(/Another run \(process \d+ of \S+, since .*\) is at work on this stack; waiting for it/);
    expect(output).toContain(`${model} serves at ${url}`);
    expect(status).toBe(0);
  });

  it("says what is wrong with a state that cannot be read and which copy can, and is left as it is", async () => {
    const before = await containers({ volume });
    await rename(stateFile(), `${stateFile()}.whole`);
    await writeFile(stateFile(), "");
    const { status, output } = await up();
    await rename(`${stateFile()}.whole`, stateFile());
    expect(output).toContain(
      `The state ${stateFile()} cannot be read: it is empty. Nothing was changed. ` +
        `The one before it can be read: \`cp '${stateFile()}.bak' '${stateFile()}'\`, and run the command again`,
    );
    expect(status).toBe(exitStatus.refused);
    expect(await containers({ volume })).toEqual(before);
  });

  it("is not taken down while a container of somebody else is on its network, which is named", async () => {
    const { containerName } = await project.outputs("dev");
    const format = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}";
    const network = await docker("inspect", "--format", format, containerName);
    await docker("run", "-d", "--name", stranger, "--network", network, "--entrypoint", "sleep", ollamaImage, "600");
    const { status, output } = await down();
    expect(output).toContain(
      `Containers that are not this stack's use a network that has to go: ${stranger} is on ${network}; nothing was removed. ` +
        `Stop them, or take them off with \`docker network disconnect --force ${network} ${stranger}\`, and run the command again`,
    );
    expect(status).toBe(exitStatus.refused);
    expect((await up()).status).toBe(0);
    expect(await ask(url, model)).toContain("Paris");
    await docker("network", "disconnect", "--force", network, stranger);
  });

  it("goes down from the copy of a state that is half written", async () => {
    await writeFile(stateFile(), '{"version":3,"checkpoint":{');
    const { status, output } = await down();
    expect(output).toContain(
      `The state ${stateFile()} cannot be read (it is not whole); going on from ${stateFile()}.bak`,
    );
    expect(status, output).toBe(0);
    expect(await containers({ volume })).toEqual([]);
    expect(await docker("volume", "ls", "--quiet", "--filter", `name=${volume}`)).toBe(volume);
  });

  it("goes down by its labels when no state of it can be read, and comes up anew with its volume", async () => {
    expect((await up()).status).toBe(0);
    await writeFile(stateFile(), "");
    await writeFile(`${stateFile()}.bak`, "");
    await rm(bookkeeping("backups"), { recursive: true, force: true });
    const { status, output } = await down();
    expect(output).toContain(`The state ${stateFile()} cannot be read (it is empty), nor any earlier one`);
    expect(status, output).toBe(0);
    expect(await containers({ volume })).toEqual([]);

    const again = await up();
    expect(again.output).toContain(`${model} is in the volume ${volume}; nothing to download`);
    expect(again.status, again.output).toBe(0);
    expect(await ask(url, model)).toContain("Paris");
  });
});
