import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { containers } from "../support/container.ts";
import { model } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, writeScript, type StackConfig } from "../support/project.ts";
import { run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-by-hand");

/** A folder of the PATH with a Node that cannot run the program, undefined when there is none. */
const oldNode = (process.env["PATH"] ?? "").split(delimiter).find((folder) => {
  try {
    const version = execFileSync(join(folder, "node"), ["--version"], { encoding: "utf8" });
    return Number(version.slice(1).split(".")[0]) < 24;
  } catch {
    return false;
  }
});

/** Puts a Node into a folder that takes itself for an old one. */
async function pretendOldNode(folder: string): Promise<string> {
  const versions = "Object.defineProperty(process, 'version', { value: 'v20.0.0' });\n";
  const shim = `${versions}Object.defineProperty(process.versions, 'node', { value: '20.0.0' });\n`;
  await writeFile(join(folder, "old.cjs"), shim);
  await writeScript(join(folder, "node"), `#!/bin/sh\nexec ${process.execPath} --require ${folder}/old.cjs "$@"\n`);
  return folder;
}

describe("bringing a stack up as a newcomer does", () => {
  let project: Project;
  let config: StackConfig;

  beforeAll(async () => {
    project = await Project.create();
    config = { ...pullingStack(registry, volume, await freePort()), models: [model] };
    await project.writeStack("dev", config);
  });

  afterAll(async () => {
    await project.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "dev"], { env: filePassphrase() });
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const noPassphrase = { PULUMI_CONFIG_PASSPHRASE: undefined };
  const filePassphrase = () => ({
    ...noPassphrase,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(project.folder, "state", "passphrase"),
  });
  const stackFile = () => join(project.folder, "Pulumi.dev.yaml");

  it("takes one command, which makes state, passphrase and stack", async () => {
    const { status, output } = await project.run("npm", ["run", "up:dev"], { env: noPassphrase });
    expect(output).toContain("keep a copy of it, without it the secrets in the state are lost");
    expect(output).toContain(`${model} is ready at http://127.0.0.1:`);
    expect(status).toBe(0);
    expect(statSync(join(project.folder, "state", "passphrase")).mode & 0o777).toBe(0o600);
    expect(await containers({ volume })).toHaveLength(1);
  });

  it("works with the plain CLI afterwards, and outputs the digest of a model that was not pinned", async () => {
    const args = ["stack", "output", "models", "--json", "--stack", "dev"];
    const { stdout } = await project.pulumi(args, { env: filePassphrase() });
    expect(JSON.parse(stdout)).toEqual([{ name: model, digest: registry.digest, for: ["chat"] }]);
    const preview = ["preview", "--expect-no-changes", "--stack", "dev"];
    expect((await project.pulumi(preview, { env: filePassphrase() })).status).toBe(0);
  });

  it("says in one sentence that Node is too old", async () => {
    const node = oldNode ?? (await pretendOldNode(join(project.folder, "state")));
    const env = { ...filePassphrase(), PATH: [node, process.env["PATH"]].join(delimiter) };
    const { status, output } = await project.pulumi(["preview", "--stack", "dev"], { env });
    const said = output
      .split("\n")
      .filter((line) => line.includes("needs Node 24.5 or newer, and `node` on the PATH is v"));
    expect(said.length).toBeGreaterThan(0);
    expect(output).not.toMatch(/unhandled|^\s+at /m);
    expect(status).not.toBe(0);
  });

  it("refuses an encrypted value, and keeps it out of messages and state", async () => {
    const set = ["config", "set", "--secret", "--path", "ollama.env.TOKEN", "a-very-secret-word", "--stack", "dev"];
    expect((await project.pulumi(set, { env: filePassphrase() })).status).toBe(0);
    const up = ["up", "--yes", "--skip-preview", "--stack", "dev"];
    const { status, output } = await project.pulumi(up, { env: filePassphrase() });
    const rendered = await project.run("npm", ["run", "render", "dev"]);
    await writeFile(stackFile(), (await readFile(stackFile(), "utf8")).replace(/ {2}gemma:ollama:\n( {4}.*\n)+/, ""));

    const sentence =
      "gemma:ollama: got [secret]; an encrypted value would end up readable in `docker inspect` and in the state";
    expect(output).toContain(sentence);
    expect(status).not.toBe(0);
    expect(rendered.output).toContain(sentence);
    expect(rendered.status).not.toBe(0);
    expect(`${output}${rendered.output}`).not.toContain("a-very-secret-word");
    const files = readdirSync(join(project.folder, "state"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((text) => text.includes("a-very-secret-word"))).toEqual([]);
  });

  it("names a base image that cannot be pulled, and goes on with the old one", async () => {
    const before = await containers({ volume });
    const baseImage = "localhost:1/no/such-image:1";
    const salt = /^encryptionsalt: .*$/m.exec(await readFile(stackFile(), "utf8"))?.[0] ?? "";
    await project.writeStack("dev", { ...config, baseImage });
    await writeFile(stackFile(), `${await readFile(stackFile(), "utf8")}${salt}\n`);
    const up = ["up", "--yes", "--skip-preview", "--stack", "dev"];
    const { status, output } = await project.pulumi(up, { env: filePassphrase() });
    expect(output).toContain(`The base image ${baseImage} is not in the engine and cannot be pulled: `);
    expect(output).toContain("Instead, load it with `docker load`");
    expect(status).not.toBe(0);
    expect(await containers({ volume })).toEqual(before);
  });

  it("does not write a new passphrase beside a stack that was encrypted with another", async () => {
    const passphrase = join(project.folder, "state", "passphrase");
    await rename(passphrase, `${passphrase}.away`);
    const { status, output } = await project.run("npm", ["run", "up:dev"], { env: noPassphrase });
    await rename(`${passphrase}.away`, passphrase);
    expect(output).toContain(
      "Pulumi.dev.yaml carries the encryptionsalt of a passphrase that is not here: copy that passphrase to ",
    );
    expect(status).not.toBe(0);
  });
});
