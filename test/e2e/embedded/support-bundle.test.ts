import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { tokenHash } from "../../../edge/token.ts";
import { mostBytes } from "../../../operations/support-bundle/archive.ts";
import { formsOf } from "../../../operations/support-bundle/secret-forms.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { embeddedStack, removeTestImages, stack } from "../../support/bundle.ts";
import { untilFigures } from "../../support/figures.ts";
import { model } from "../../support/fixtures.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { monitoringKeys } from "../../support/monitored-stack.ts";
import { Project } from "../../support/project.ts";
import { docker, must, run } from "../../support/shell.ts";

const registry = inject("registry");

/** Words that nothing but a prompt of this test has. */
const words = {
  english: "quombledrift",
  korean: "가람뫼솔빛",
  direct: "vexilophant",
  directKorean: "누리별하늬",
} as const;

interface Outputs {
  readonly tokens: Readonly<Record<string, string>>;
  readonly monitoring: { readonly url: string; readonly user: string };
  readonly monitoringPassword: string;
}

describe("what is carried out, saved and tuned of a stack", () => {
  let folder: string;
  let project: Project;
  let url: string;
  let passphrase: string;
  let outputs: Outputs;
  let tokens: Outputs["tokens"];
  let backup: string;

  const command = (name: string, ...args: string[]) => project.run("node", [`commands/${name}.ts`, stack, ...args]);
  const outputsNow = async () => {
    const env = { PULUMI_CONFIG_PASSPHRASE_FILE: join(project.folder, "state/passphrase") };
    const shown = ["stack", "output", "--show-secrets", "--json", "--stack", stack];
    return JSON.parse((await project.pulumi(shown, { env })).stdout) as Outputs;
  };
  const ask = async (at: string, prompt: string, token?: string) => {
    const answer = await fetch(`${at}/api/chat`, {
      method: "POST",
      ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
      body: JSON.stringify({
        model,
        stream: false,
        messages: [{ role: "user", content: prompt }],
        options: { temperature: 0, num_predict: 24 },
      }),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { message: { content: string } }).message.content;
  };
  const up = async () => {
    const { status, output } = await command("up");
    expect(status, output).toBe(0);
  };
  /** Its containers, networks and volumes by the labels that all of them have. */
  const own = async (...list: string[]) => {
    const { stdout } = await project.run("node", [
      "--input-type=module",
      "-e",
      `import { stackLabelsOf } from "./runner/stack-run.ts"; import { anyStack } from "./runner/checkout-stack.ts";
       console.log(JSON.stringify(stackLabelsOf(anyStack("${stack}"))));`,
    ]);
    const labels = Object.entries(JSON.parse(stdout) as Record<string, string>);
    const filters = labels.flatMap(([label, value]) => ["--filter", `label=${label}=${value}`]);
    return (await docker(...list, ...filters)).split("\n").filter((line) => line !== "");
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-carry-"));
    // With the passphrase in its file, as on a host.
    project = await Project.create({ PULUMI_CONFIG_PASSPHRASE: undefined });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = { ...(await embeddedStack(registry, port)), ollama: { debug: true } };
    await project.writeStack(stack, { ...config, gateway: await gatewayKeys(), monitoring: await monitoringKeys() });
    const staged = await command("stage");
    if (staged.status !== 0) throw new Error(staged.output);
    await up();
    passphrase = (await readFile(join(project.folder, "state/passphrase"), "utf8")).trim();
    outputs = await outputsNow();
    ({ tokens } = outputs);
  });

  afterAll(async () => {
    await command("down");
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("packs what helpers need, without a secret, a prompt or an answer", async () => {
    const answers = [
      await ask(url, `Write a story about a ${words.english}.`, tokens["backend"]),
      await ask(url, `${words.korean} 이야기를 써 줘.`, tokens["backend"]),
    ];
    const [server = ""] = await own("ps", "--quiet", "--filter", "name=ollama-container");
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
    const [address = ""] = (await docker("inspect", "--format", format, server)).split(" ");
    answers.push(await ask(`http://${address}:11434`, `${words.direct} ${words.directKorean}: tell me all about it.`));

    const access = { url: outputs.monitoring.url, user: "operator", password: outputs.monitoringPassword };
    await untilFigures(access, 'count_over_time(probe_success{job="reached"}[5m]) > 2');
    const out = join(folder, "support.tar.gz");
    const { status, output } = await command("support-bundle", "--out", out);
    expect(status, output).toBe(0);
    const { size, mode } = await stat(out);
    expect(size).toBeLessThanOrEqual(mostBytes);
    expect(mode & 0o777).toBe(0o600);

    const place = join(folder, "unpacked");
    await mkdir(place);
    await must("tar", ["-C", place, "-xzf", out]);
    const [root = ""] = await readdir(place);
    const entries = await readdir(join(place, root), { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const texts = new Map<string, string>();
    for (const path of paths) texts.set(path.slice(join(place, root).length + 1), await readFile(path, "utf8"));

    const forbidden = [
      passphrase,
      outputs.monitoringPassword,
      ...Object.values(tokens),
      ...Object.values(tokens).map(tokenHash),
      ...Object.values(tokens).map((token) => Buffer.from(token, "base64").toString().split(":")[1] ?? ""),
    ];
    expect(forbidden).toHaveLength(8);
    for (const [path, text] of texts) {
      for (const form of [...forbidden, ...Object.values(words)].flatMap(formsOf))
        expect(text.includes(form), `${path}: ${form}`).toBe(false);
      for (const answer of answers) expect(text.includes(answer.slice(0, 30)), `${path}: ${answer}`).toBe(false);
      expect(text, path).not.toContain("PRIVATE KEY-----");
    }

    const names = [...texts.keys()];
    for (const part of ["ollama", "gateway", "usher", "prometheus"])
      for (const kind of ["json", "log"])
        expect(names.filter((name) => name.startsWith(`containers/${part}-`) && name.endsWith(kind))).toHaveLength(1);
    const log = names.find((name) => /^containers\/ollama-.*\.log$/.test(name)) ?? "";
    expect(texts.get(log)).toContain("Listening on");
    expect(texts.get(log)).toContain("/api/chat");
    expect(texts.get(log)).toMatch(/^\[removed: \d+ lines of \d+ that are no known message of the server/);
    const figures = JSON.parse(texts.get("figures/service.json") ?? "[]") as { series: unknown[] }[];
    expect(figures.some(({ series }) => series.length > 0)).toBe(true);
    // What tells containers and images apart is no secret, though Pulumi keeps it beside what is.
    for (const name of names.filter((each) => /^containers\/.*\.json$/.test(each)))
      expect(JSON.parse(texts.get(name) ?? "")).toMatchObject([
        { Id: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      ]);
    expect(texts.get("host/docker.txt")).toContain("$ docker version");
    expect(texts.get(`stack/Pulumi.${stack}.yaml`)).toContain("gemma:gateway:");

    for (const contents of ["CONTENTS.en.md", "CONTENTS.ko.md"]) {
      const list = texts.get(contents) ?? "";
      for (const [name, text] of texts) {
        if (name.startsWith("CONTENTS.")) continue;
        expect(list).toContain(`\`${name}\``);
        expect(list, name).toContain(createHash("sha256").update(text).digest("hex"));
      }
    }
    const again = await command("support-bundle", "--out", out);
    expect([again.status, again.stderr]).toEqual([
      exitStatus.refused,
      `${out} is there already: remove it, or name another file with --out\n`,
    ]);
  });

  it("saves state, passphrase and configuration for their owner alone", async () => {
    const { status, stdout, output } = await command("backup", "--out", join(folder, "backups"));
    expect(status, output).toBe(0);
    const [name = "", ...others] = await readdir(join(folder, "backups"));
    expect([name, others]).toEqual([expect.stringMatching(/^prod-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/), []]);
    backup = join(folder, "backups", name);
    expect(stdout).toContain(`${backup} holds state, passphrase and configuration of ${stack}`);
    const access = { ...outputs.monitoring, password: outputs.monitoringPassword };
    const [recorded] = await untilFigures(access, "stack_last_backup_timestamp_seconds");
    expect(Number(recorded?.value[1]) * 1000).toBeGreaterThan(Date.now() - 300_000);
    for (const entry of await readdir(backup, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it("is not laid over another state", async () => {
    const other = join(folder, "other");
    await must("cp", ["-r", backup, other]);
    const state = join(project.folder, `state/.pulumi/stacks/gemma/${stack}.json`);
    const before = await readFile(state, "utf8");
    await must("sh", ["-c", `printf ' ' >> '${state}'`]);
    const { status, stderr } = await command("restore", "--from", other);
    expect(stderr).toContain(`${state} is there already, and is another state than that of the backup ${other}`);
    expect(status).toBe(exitStatus.refused);
    expect(await readFile(state, "utf8")).toBe(`${before} `);
  });

  it("comes back with the same tokens after all of it is lost", async () => {
    const containers = await own("ps", "--all", "--quiet");
    expect(containers).toHaveLength(8);
    await run("docker", ["rm", "-f", "-v", ...containers]);
    await run("docker", ["network", "rm", ...(await own("network", "ls", "--quiet"))]);
    for (const volume of await own("volume", "ls", "--quiet")) await docker("volume", "rm", volume);
    await rm(join(project.folder, "state"), { recursive: true });
    await rm(join(project.folder, `Pulumi.${stack}.yaml`));
    const restored = await command("restore", "--from", backup);
    expect(restored.status, restored.output).toBe(0);
    expect(await readFile(join(project.folder, "state/passphrase"), "utf8")).toBe(`${passphrase}\n`);
    await up();
    expect((await outputsNow()).tokens).toEqual(tokens);
    await ask(url, "Hello", tokens["backend"]);
  });

  // It measures twice and brings the stack up twice, beside other tests.
  it("is tuned to the host, with a reason for each line, and its comments stay", { timeout: 900_000 }, async () => {
    const file = join(project.folder, `Pulumi.${stack}.yaml`);
    const before = `# Ours\n${await readFile(file, "utf8")}`;
    await writeFile(file, before);
    const shown = await command("tune");
    expect(shown.stdout).toMatch(/^This host: \d+ physical cores/);
    // Which of the keys depends on the host.
    expect(shown.stdout).toMatch(/\ngemma:[a-zA-Z.]+: .+ -> .+: .+\n/);
    expect(await readFile(file, "utf8")).toBe(before);
    const tried = await command("tune", "--try");
    expect(tried.status, tried.output).toBe(0);
    expect(tried.output).toMatch(
      /Measuring with the values of now\n[^]*Measuring with the proposed values\n[^]*The values of before come back/,
    );
    expect(await readFile(file, "utf8")).toBe(before);
    await ask(url, "Hello", tokens["backend"]);
    const written = await command("tune", "--write");
    expect(written.status, written.output).toBe(0);
    expect(written.stdout).toContain(`Pulumi.${stack}.yaml is written; bring the stack up for it to hold.\n`);
    expect(await readFile(file, "utf8")).toMatch(/^# Ours\n/);
    expect((await command("tune")).stdout).toContain(`Pulumi.${stack}.yaml has the values that suit it.\n`);
  });
});
