import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Status } from "../../../offline/host/status.ts";
import { stoppedByHand } from "../../../engine/stopped-by-hand.ts";
import { readManifest } from "../../../offline/package/manifest.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { bundle, embeddedStack, removeTestImages, signingKey, stack } from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { Project } from "../../support/project.ts";
import { must } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18530;
const url = `http://127.0.0.1:${port}`;

describeWithEngine("the service of a closed host", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let allowed: string;
  let backup: string;
  /** What the command `backup` has written, and the configuration that was changed on the host by then. */
  let saved: string;
  let changed: string;
  let tokens: string;

  const packed = () => join(folder, "받은 패키지");
  const deploy = (there: ClosedHost, data: string, ...args: string[]) =>
    there.run("bash", join(packed(), "deploy.sh"), "--data", data, "--allowed-signers", allowed, ...args);
  const tokensOf = (there: ClosedHost, data: string) =>
    there.must(
      "bash",
      "-c",
      `. '${data}/current/env.sh'; pulumi stack output tokens --show-secrets --json -s ${stack}`,
    );
  const statusOf = async (there: ClosedHost, data: string) => {
    const { status, stdout } = await there.run("bash", join(data, "current/deploy.sh"), "--status", "--json");
    return { status, found: JSON.parse(stdout) as Status };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-restore-"));
    backup = join(folder, "backup.tar.gz");
    const signing = await signingKey(folder, "release");
    ({ allowed } = signing);
    project = await Project.create();
    await project.writeStack(stack, { ...(await embeddedStack(registry, port)), gateway: await gatewayKeys() });
    const made = await bundle(project, packed(), "--sign", signing.key, "--skip-rehearsal");
    if (made.status !== 0) throw new Error(made.output);
    host = await ClosedHost.start();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("tells what is deployed, and has a log of it", async () => {
    const missing = await deploy(host, host.data, "--status");
    expect([missing.status, missing.stderr]).toEqual([exitStatus.absent, `Nothing is deployed in ${host.data}\n`]);
    const { status, output } = await deploy(host, host.data);
    expect(status, output).toBe(0);
    const { digest } = await readManifest(packed());
    const { status: code, found } = await statusOf(host, host.data);
    expect(found.problems).toEqual([]);
    expect(found).toMatchObject({
      current: {
        version: digest,
        model,
        stack,
        deployed: { by: "deployment", origin: { package: packed(), signed: true } },
      },
      previous: null,
      running: false,
      leftovers: [],
      health: { healthy: true },
    });
    expect(found.containers?.map(({ state, ports }) => ({ state, ports }))).toEqual([
      { state: "running", ports: [`127.0.0.1:${port}`] },
      { state: "running", ports: [] },
      { state: "running", ports: [] },
    ]);
    expect(code).toBe(0);
    const text = await host.run("bash", join(packed(), "deploy.sh"), "--status", "--data", host.data);
    expect(text.stdout).toMatch(/^version +[0-9a-f]{12} of [^]*\n\nAll is as it should be\n$/);
    const [log = ""] = await readdir(join(host.data, "logs"));
    const said = await host.must("cat", join(host.data, "logs", log));
    expect(said).toMatch(
      /^\S+Z deploy .*, signed by .*\n[^]*gateway-traffic-command created[^]*serves at [^]*\n\S+Z exit status 0$/,
    );
    const { backend } = JSON.parse(await tokensOf(host, host.data)) as { backend: string };
    expect(said).not.toContain(backend);
  });

  it("says what does not run, until it is mended", async () => {
    const [gateway = ""] = await host.containers("gateway-container");
    const name = (await host.must("docker", "inspect", "--format", "{{.Name}}", gateway)).slice(1);
    await host.must("docker", "kill", gateway);
    const { status, found } = await statusOf(host, host.data);
    expect(found.problems).toEqual([`${stoppedByHand(name)}: start it with docker start ${name}`]);
    expect(status).toBe(exitStatus.failed);
    const check = await host.run("bash", join(host.data, "current/health-check.sh"));
    expect(check.status).toBe(exitStatus.failed);
    const seen = `${stoppedByHand(name)}: start it with \`docker start ${name}\``;
    expect((await statusOf(host, host.data)).found.health).toMatchObject({ healthy: false, seen });
    await host.must("docker", "start", gateway);
  });

  it("comes back on a new host from state, passphrase and package, with the tokens that its clients have", async () => {
    tokens = await tokensOf(host, host.data);
    // As the guide has it.
    await must("tar", ["-C", host.data, "-czf", backup, "state", "passphrase"]);
    const file = join(host.data, `current/program/Pulumi.${stack}.yaml`);
    changed = `# Changed on this host\n${await readFile(file, "utf8")}`;
    await writeFile(file, changed);
    const made = await host.run(
      "bash",
      join(host.data, "current/operate.sh"),
      "backup",
      "--out",
      join(folder, "backups"),
    );
    expect(made.status, made.output).toBe(0);
    const [name = ""] = await readdir(join(folder, "backups"));
    saved = join(folder, "backups", name);
    expect(made.stdout).toContain(`${saved} holds state, passphrase and configuration of ${stack}`);
    // Nothing of it is in the engine then, as on a new host whose engine is at the same place.
    const gone = await host.run("bash", join(host.data, "current/deploy.sh"), "--uninstall", "--purge");
    expect(gone.status, gone.output).toBe(0);
    const data = join(folder, "데이터 폴더");
    await mkdir(data);
    await must("tar", ["-C", data, "-xzpf", backup]);
    const { status, output } = await deploy(host, data);
    expect(status, output).toBe(0);
    expect(await tokensOf(host, data)).toBe(tokens);
    const { backend } = JSON.parse(tokens) as { backend: string };
    expect(await host.ask(url, model, backend)).toContain("Paris");
    expect((await statusOf(host, data)).status).toBe(0);
    const purged = await host.run("bash", join(data, "current/deploy.sh"), "--uninstall", "--purge");
    expect(purged.stdout).toContain(`${data} is empty.\n`);
  });

  it("comes back from a backup that operate.sh has written, configuration and all, and never over another state", async () => {
    const data = join(folder, "restored");
    const damaged = join(folder, "damaged");
    await must("cp", ["-r", saved, damaged]);
    await appendFile(join(damaged, "passphrase"), "x");
    const refused = await deploy(host, data, "--restore", damaged);
    expect(refused.output).toContain(`The backup ${damaged} is damaged: passphrase: its sha256 is`);
    expect(refused.status).toBe(exitStatus.untrusted);
    expect(await host.containers()).toEqual([]);
    const { status, output } = await deploy(host, data, "--restore", saved);
    expect(status, output).toBe(0);
    expect(await tokensOf(host, data)).toBe(tokens);
    const { backend } = JSON.parse(tokens) as { backend: string };
    expect(await host.ask(url, model, backend)).toContain("Paris");
    expect((await statusOf(host, data)).status).toBe(0);
    expect(await readFile(join(data, `current/program/Pulumi.${stack}.yaml`), "utf8")).toBe(changed);
    const over = await deploy(host, data, "--restore", saved);
    expect(over.output).toContain("is there already, and is another state than that of the backup");
    expect(over.status).toBe(exitStatus.refused);
    expect((await statusOf(host, data)).status).toBe(0);
    const packing = ["support-bundle", "--out", join(folder, "support.tar.gz")];
    const bundled = await host.run("bash", join(data, "current/operate.sh"), ...packing);
    expect(bundled.status, bundled.output).toBe(0);
    const list = await must("tar", ["-tzf", join(folder, "support.tar.gz")]);
    for (const file of ["stack/status.txt", "stack/preflight.txt", "CONTENTS.ko.md"])
      expect(list).toContain(`/${file}\n`);
    expect(list).toMatch(/\/runs\/.*-deploy\.log/);
    const text = await must("tar", ["-xzOf", join(folder, "support.tar.gz")]);
    expect(text).not.toContain(backend);
    expect(text).not.toContain((await readFile(join(data, "passphrase"), "utf8")).trim());
    const purged = await host.run("bash", join(data, "current/deploy.sh"), "--uninstall", "--purge");
    expect(purged.stdout).toContain(`${data} is empty.\n`);
  });

  it("is not restored without its passphrase, and nothing is changed", async () => {
    const data = join(folder, "without");
    await mkdir(data);
    await must("tar", ["-C", data, "-xzpf", backup, "state"]);
    await host.must("touch", join(data, ".gemma-own"));
    const { status, output } = await deploy(host, data);
    expect(output).toContain(`The passphrase ${data}/passphrase is missing, and the secrets in`);
    expect(status).toBe(exitStatus.refused);
    expect(await host.containers()).toEqual([]);
  });

  it("has looked no name up", async () => {
    expect(await host.names()).toEqual([]);
  });
});
