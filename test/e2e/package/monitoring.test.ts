import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";
import {
  bundle,
  embeddedStack,
  imageId,
  manifestOf,
  removeTestImages,
  signingKey,
  stack,
} from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import type { Verdict } from "../../../operations/drift/verdict.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { nodeImage } from "../../support/fixtures.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { monitoringKeys } from "../../support/monitored-stack.ts";
import { Project } from "../../support/project.ts";

const registry = inject("registry");

const jobs = [
  "alertmanager",
  "asks-for-token",
  "edge",
  "edge-errors",
  "generation",
  "node",
  "ollama",
  "prometheus",
  "reached",
  "usher",
  "watcher",
];
const services = [
  "alertmanager",
  "blackbox-exporter",
  "gateway",
  "json-exporter",
  "node-exporter",
  "ollama",
  "prometheus",
  "usher",
  "watcher",
];

interface Targets {
  readonly data: { readonly activeTargets: readonly { labels: { job: string }; health: string; lastError: string }[] };
}

describeWithEngine("a package that brings its monitoring and its watcher", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let outputs: Record<string, unknown>;
  let signer: { key: string; allowed: string };
  /** How many packets were to leave the host in which test. */
  const left: Readonly<Record<string, number>>[] = [];

  const operate = (...args: string[]) => host.run("bash", join(host.data, "current/operate.sh"), ...args);
  const bytesOf = async (name: string) =>
    Object.values((await manifestOf(join(folder, name))).files).reduce((sum, { size }) => sum + size, 0);
  const asked = async <Answer>(path: string) => {
    const { url, user } = outputs["monitoring"] as { url: string; user: string };
    const password = String(outputs["monitoringPassword"]);
    return JSON.parse(await host.must("curl", "-sS", "-u", `${user}:${password}`, `${url}${path}`)) as Answer;
  };
  const plain = (script: string) =>
    host.must("bash", "-c", `. '${host.data}/current/env.sh' && cd "$GEMMA_VERSION/program" && ${script}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-watched-"));
    project = await Project.create();
    host = await ClosedHost.start();
    signer = await signingKey(folder, "release");
  });

  let before = 0;
  afterEach(async ({ task }) => {
    const packets = await host.outbound();
    if (packets > before) left.push({ [task.name]: packets - before });
    before = packets;
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("is larger by the images alone, and says what it is made of", async () => {
    const config = { ...(await embeddedStack(registry, 0)), gateway: await gatewayKeys() };
    const watched = {
      monitoring: await monitoringKeys(),
      watcher: { enabled: true, image: await imageId(nodeImage), interval: "1s" },
    };
    for (const [name, keys] of Object.entries({ plain: {}, watched })) {
      await project.writeStack(stack, { ...config, ...keys });
      const { status, output } = await bundle(project, join(folder, name), "--skip-rehearsal", "--sign", signer.key);
      expect(status, output).toBe(0);
    }
    const [without, beside] = [await bytesOf("plain"), await bytesOf("watched")];
    process.stdout.write(`a package with monitoring and watcher: ${beside} bytes, without ${without}\n`);
    expect(beside).toBeGreaterThan(without);
    const names = (await manifestOf(join(folder, "watched"))).images.map(
      ({ name }) => /gemma\/([^:]+)/.exec(name)?.[1],
    );
    expect(names.slice(1).toSorted()).toEqual(services.filter((name) => name !== "ollama"));
    const sbom = await readFile(join(folder, "watched/sbom.cdx.json"), "utf8");
    for (const name of ["prometheus", "alertmanager", "json-exporter", "ollama", "haproxy"])
      expect(sbom).toMatch(new RegExp(`"name": ?"${name}",\\s*"version": ?"\\d`));
    expect(sbom).not.toMatch(/"version": ?"unknown"/);
  });

  it("comes up on a host with no way out, and each part answers", async () => {
    const { status, output } = await host.script(
      join(folder, "watched"),
      "deploy.sh",
      "--allowed-signers",
      signer.allowed,
    );
    expect(status, output).toBe(0);
    outputs = JSON.parse(await plain("pulumi stack output --json --show-secrets -s prod")) as typeof outputs;
    await expect
      .poll(
        async () =>
          (await asked<Targets>("/api/v1/targets")).data.activeTargets
            .map(({ labels, health, lastError }) => `${labels.job} ${health}${lastError}`)
            .toSorted(),
        { timeout: 60_000, interval: 1000 },
      )
      .toEqual(jobs.map((job) => `${job} up`));
    const changes = await plain("pulumi preview --expect-no-changes -s prod && echo unchanged");
    expect(changes).toContain("unchanged");
  });

  it("has the preflight tell what figures and logs may still take", async () => {
    const options = ["--check", "--json", "--allowed-signers", signer.allowed];
    const { stdout } = await host.script(join(folder, "watched"), "deploy.sh", ...options);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; needed: string }[] };
    const grows = checks.find(({ name }) => name === "space to grow");
    expect(grows?.status).toBe("ok");
    expect(grows?.needed).toMatch(
      /^[0-9.]+ MiB for figures \([0-9.]+ [KM]iB are there already\) and 270 MiB for logs, in time$/,
    );
  });

  it.each([
    ["test-api", "requests as backend: all answered as they should"],
    ["backup", "passphrase", "--out", "/tmp/gemma-watched-backup"],
    ["report", ".html", "--since", "10m"],
    ["support-bundle", ".tar.gz"],
    ["doctor", "othing"],
  ])("lets operators run %s", async (command, said, ...args) => {
    const { status, output } = await operate(command, ...args);
    expect(status, output).toBe(0);
    expect(output).toContain(said);
  });

  const drift = async (...args: string[]) => {
    const { status, stdout, output } = await operate("drift", "--allowed-signers", signer.allowed, ...args, "--json");
    expect(output).toContain('"verdict"');
    return { status, ...(JSON.parse(stdout) as Verdict) };
  };

  it("runs as it was deployed and signed", async () => {
    const { status, differences, untold, leftOut, compared } = await drift();
    expect({ status, differences, untold, leftOut }).toEqual({ status: 0, differences: [], untold: [], leftOut: [] });
    expect(compared).toEqual([
      ...["9 containers", "3 networks", "9 volumes", "9 names of images", "files of the models", "configuration"],
      "signature of the manifest: signed by release@example.org",
      "9 images of the package, by ID and layers",
      "files of the program",
    ]);
  });

  it("cannot tell of the signature without the host's list", async () => {
    const { status, output } = await operate("drift", "--quick", "--allowed-signers", `${signer.allowed}.none`);
    expect(output).toContain("cannot be told: signature: There is no list of allowed signers");
    expect(status, output).toBe(2);
  });

  it("names an image whose name leads elsewhere", async () => {
    const { images } = await manifestOf(join(folder, "watched"));
    const [of = "", other = ""] = ["usher", "watcher"].map(
      (part) => images.find(({ name }) => name.includes(`/${part}:`))?.name,
    );
    const idOf = (name: string) => host.must("docker", "image", "inspect", "--format", "{{.Id}}", name);
    const [deployed, now] = [await idOf(of), await idOf(other)];
    await host.must("docker", "tag", other, of);
    const { status, differences } = await drift("--quick");
    await host.must("docker", "tag", deployed, of);
    expect({ status, differences }).toEqual({ status: 1, differences: [{ of, key: "image", deployed, now }] });
  });

  it("names a manifest and a program that were changed", async () => {
    const version = await host.must("realpath", join(host.data, "current"));
    const withChange = async (file: string, change: string) => {
      await host.must("sed", "-i.before", change, join(version, file));
      const { status, differences } = await drift("--quick");
      await host.must("mv", join(version, `${file}.before`), join(version, file));
      expect(status).toBe(1);
      return differences.map(({ of, key }) => `${of}: ${key}`);
    };
    expect(await withChange("program/watcher/main.ts", "1s/^/ /")).toEqual([
      `program: ${join(version, "program/watcher/main.ts")}`,
    ]);
    expect(await withChange("manifest.json", "2s/^/ /")).toEqual([
      "package: manifest.json",
      "signature: manifest.json",
    ]);
    expect((await drift("--quick")).status).toBe(0);
  });

  it("tells how to write a command", async () => {
    const { status, stdout } = await operate("drift", "--help");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "usage: operate.sh drift [--quick] [--json] [--allowed-signers FILE]\n",
    });
  });

  it("tells in its status what the watcher sees", async () => {
    const { status, output } = await host.script(join(host.data, "current"), "deploy.sh", "--status");
    expect(status, output).toBe(0);
    expect(output).toMatch(/^watcher +no fault\n +no action since it was started; 0 actions in the last hour$/m);
    const health = await plain('node commands/health.ts prod --data "$(dirname "$(dirname "$GEMMA_VERSION")")"');
    expect(health).toContain("The watcher: no fault");
  });

  it("refuses commands that it does not know", async () => {
    const { status, output } = await operate("delete");
    expect(output).toMatch(/^usage: operate\.sh COMMAND/);
    expect(status).toBe(2);
  });

  it("has looked nothing up, and sent nothing out", async () => {
    expect(left).toEqual([]);
    expect(await host.outbound()).toBe(0);
    expect(await host.names()).toEqual([]);
  });

  it("goes with all it brought", async () => {
    const { status, output } = await host.run(
      "bash",
      join(host.data, "current/deploy.sh"),
      "--uninstall",
      "--purge",
      "--data",
      host.data,
    );
    expect(status, output).toBe(0);
    expect(await host.must("docker", "ps", "--all", "--quiet")).toBe("");
    expect(await host.must("docker", "image", "ls", "--quiet")).toBe("");
    await rm("/tmp/gemma-watched-backup", { recursive: true, force: true });
  });
});
