import { appendFile, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { shortDigest } from "../../../support/hashing.ts";
import {
  bundle,
  configOf,
  embeddedStack,
  manifestOf,
  otherBase,
  leftOfTrials,
  removeTestImages,
  signingKey,
  stack,
  stagePadded,
} from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { killFamily } from "../../support/kill.ts";
import { Project, type StackConfig } from "../../support/project.ts";
import { raiseProviders } from "../../support/raised-providers.ts";
import { must, run } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18500;
const url = `http://127.0.0.1:${port}`;
const partSize = 24 * 1024 * 1024;
const newBase = "localhost/gemma/test-new-base:1";

describeWithEngine("an offline package", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let config: StackConfig;
  let key: string;
  let allowed: string;
  let container: string;

  const place = (name: string) => join(folder, name);
  const make = async (name: string, ...args: string[]) => {
    const result = await bundle(project, place(name), "--sign", key, ...args);
    if (result.status !== 0) throw new Error(result.output);
    return result;
  };
  const deploy = (name: string, ...args: string[]) =>
    host.script(place(name), "deploy.sh", "--allowed-signers", allowed, ...args);
  const only = async () => {
    const containers = await host.containers("ollama-container");
    expect(containers).toHaveLength(1);
    for (const name of ["gateway-container", "usher-container"]) expect(await host.containers(name)).toHaveLength(1);
    expect(await host.containers()).toHaveLength(3);
    return containers[0] ?? "";
  };
  const token = async () => {
    const show = `. ${host.data}/current/env.sh; pulumi stack output tokens --show-secrets --json -s prod`;
    return (JSON.parse(await host.must("bash", "-c", show)) as Record<string, string>)["backend"];
  };
  const answer = async () => host.ask(url, model, await token());
  const imageServed = async () => configOf(await inspect("{{.Image}}"), (...args) => host.must("sh", ...args));
  const inspect = async (format: string) => host.must("docker", "inspect", "--format", format, await only());

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-package-"));
    ({ key, allowed } = await signingKey(folder, "release"));
    project = await Project.create();
    config = { ...(await embeddedStack(registry, port)), gateway: await gatewayKeys() };
    await project.writeStack(stack, config);
    host = await ClosedHost.start();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("is made after the stack has passed its gate without a way out, which leaves nothing running", async () => {
    const { output, stdout } = await make("full", "--part-size", "24m");
    expect(output).toMatch(
      /Rehearsing prod on a network with no way out[^]*4\/4 model generates: smollm2:135m ".*Paris/,
    );
    expect(output).toMatch(/model is ready at|is ready at http:\/\/\d+\.\d+\.\d+\.\d+:11434/);
    expect(stdout).toMatch(new RegExp(`^${place("full")}: \\d+ files, [0-9.]+ MiB, signed with ${key}\n$`));
    expect(await leftOfTrials(project)).toEqual([]);
  });

  it("lists every file, none longer than a part, and the weights as they are", async () => {
    const manifest = await manifestOf(place("full"));
    const entries = await readdir(place("full"), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(place("full"), join(entry.parentPath, entry.name)));
    expect(files.sort()).toEqual([...Object.keys(manifest.files), "manifest.json", "manifest.json.sig"].sort());
    for (const file of files) expect((await stat(join(place("full"), file))).size).toBeLessThanOrEqual(partSize);
    const [weights, base] = manifest.images[0]?.layers ?? [];
    expect(weights).toMatchObject({ compression: "none" });
    expect(weights?.files).toHaveLength(Math.ceil((weights?.size ?? 0) / partSize));
    expect(base).toMatchObject({ compression: "zstd" });
    expect(manifest).toMatchObject({
      rehearsal: "passed",
      requires: null,
      models: [{ name: model, digest: registry.digest }],
      versions: {
        ollama: "0.33.3",
        haproxy: expect.stringMatching(/^3\.2\.26/) as string,
        "plugin docker": "5.2.0",
        "plugin command": "1.2.1",
        "plugin random": "4.21.2",
      },
    });
  });

  it("has the sizes and hashes that the system's own tools see", async () => {
    const { files } = await manifestOf(place("full"));
    const lines = Object.entries(files).map(([path, { sha256 }]) => `${sha256}  ${path}`);
    const input = `${lines.join("\n")}\n`;
    const { status } = await run("sha256sum", ["--check", "--quiet", "-"], { cwd: place("full"), input });
    expect(status).toBe(0);
  });

  it("finds a good host ready, for people and for programs", async () => {
    const text = await deploy("full", "--check");
    expect(text.stdout).toMatch(/^ok +system +linux on x64$/m);
    expect(text.stdout).toContain("The host is ready");
    expect(text.status).toBe(0);
    const { stdout } = await deploy("full", "--check", "--json");
    const report = JSON.parse(stdout) as { ready: boolean; checks: { name: string; status: string }[] };
    expect(report.ready).toBe(true);
    expect(report.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(["Docker", "port", "memory"]));
  });

  it("is deployed with one command on a host without a way out, and answers", async () => {
    const { status, output, stdout } = await deploy("full");
    expect(output).toContain("Signed by release@example.org");
    expect(output).toMatch(/\d+ files verified, [0-9.]+ MiB, in \d+ s/);
    expect(stdout).toContain(`${model} serves at ${url}, version `);
    expect(stdout).toContain(
      "Access: with a client's token, which pulumi stack output tokens --show-secrets -s prod tells",
    );
    expect(status).toBe(0);
    expect(await answer()).toContain("Paris");
    container = await only();
    const [image] = (await manifestOf(place("full"))).images;
    expect(await imageServed()).toBe(image?.id);
    expect(await host.must("stat", "--format", "%a", join(host.data, "passphrase"))).toBe("600");
  });

  it("changes nothing when it is deployed again", async () => {
    const { status, stdout } = await deploy("full");
    expect(stdout).toContain("Nothing has changed: this version was deployed before.");
    expect(status).toBe(0);
    expect(await only()).toBe(container);
  });

  it("needs no room again for what is there", async () => {
    const { stdout } = await deploy("full", "--check", "--json");
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; needed: string }[] };
    const grows = checks.find(({ name }) => name === "space to grow");
    // Those of server, HAProxy and usher.
    expect(grows).toMatchObject({ status: "ok", needed: "90 MiB for logs, in time" });
    const space = checks.filter((check) => check.name.startsWith("space") && check !== grows);
    const needed = space
      .map((check) => check.needed.replaceAll(/[0-9.]+ [KMG]iB are there/g, "all is there"))
      .join(" + ");
    expect(space.map(({ status }) => status)).toEqual(space.map(() => "ok"));
    expect(needed.replace(/^0 bytes: /, "")).toBe(
      "0 bytes to load the images (all is there already) + 0 bytes to unpack the package (all is there already)",
    );
  });

  it("can be used by plain Pulumi and checked for health", async () => {
    const env = { GEMMA_DATA: host.data };
    const plain = `export GEMMA_DATA=${env.GEMMA_DATA}; . ${place("full")}/env.sh; pulumi preview -s prod --expect-no-changes`;
    const { status, output } = await host.run("bash", "-c", plain);
    // But for what it says of a host with control groups of the first version.
    expect(output).not.toMatch(/warning: (?!gemma:memory: under cgroup v1 )/);
    expect(status).toBe(0);
    const health = await host.run("bash", join(host.data, "current/health-check.sh"));
    expect(health.output).toMatch(/ is ready at http:\/\/\d+\.\d+\.\d+\.\d+:11434/);
    expect(health.output).toContain(`The gateway asks for tokens at ${url}`);
    expect(health.status).toBe(0);
  });

  it.each(["gateway", "usher"])("names the container of the %s that is not well", async (part) => {
    const [id = ""] = await host.containers(`${part}-container`);
    const name = (await host.must("docker", "inspect", "--format", "{{.Name}}", id)).slice(1);
    await host.must("docker", "pause", id);
    const problem = `The container ${name} does not run: it is paused; look into docker logs ${name}\n`;
    const health = await host.run("bash", join(host.data, "current/health-check.sh"));
    const status = await host.run("bash", join(host.data, "current/deploy.sh"), "--status");
    await host.must("docker", "unpause", id);
    expect([health.status, status.status]).toEqual([exitStatus.failed, exitStatus.failed]);
    expect(health.output).toContain(problem);
    expect(status.stdout).toContain(problem);
    // Its health check may have failed meanwhile.
    const state = () => host.must("docker", "inspect", "--format", "{{.State.Health.Status}}", id);
    await expect.poll(state, { timeout: 120_000, interval: 1000 }).toBe("healthy");
    expect((await host.run("bash", join(host.data, "current/health-check.sh"))).status).toBe(0);
  });

  it("has made nothing ask for another machine", async () => {
    expect(await host.names()).toEqual([]);
    expect(await host.outbound()).toBe(0);
  });

  it("would have been seen to ask", async () => {
    await host.run("curl", "-sS", "--max-time", "2", "http://10.213.77.5/");
    expect(await host.outbound()).toBeGreaterThan(0);
    await host.run("docker", "pull", "gemma/nowhere:1");
    expect(await host.names()).toContain("registry-1.docker.io");
    // Ollama asks as it starts, unless it is told not to.
    const image = (await manifestOf(place("full"))).images[0]?.name ?? "";
    const server = ["--network", "bridge-of-control", "--entrypoint", "sh", image, "-c", "ollama serve & sleep 3"];
    await host.must("docker", "network", "create", "bridge-of-control");
    await host.must("docker", "run", "--rm", "--env", "OLLAMA_NO_CLOUD=1", ...server);
    expect(await host.names()).not.toContain("ollama.com");
    await host.must("docker", "run", "--rm", "--env", "OLLAMA_NO_CLOUD=0", ...server);
    expect(await host.names()).toContain("ollama.com");
    const before = await host.outbound();
    await host.run(
      "docker",
      "run",
      "--rm",
      "--network",
      "bridge-of-control",
      "--dns",
      "10.213.77.5",
      ...server.slice(2),
    );
    expect(await host.outbound()).toBeGreaterThan(before);
    await host.must("docker", "network", "rm", "bridge-of-control");
  });

  it("serves on with other provider plugins, and before and after it went back to those it had", async () => {
    const provider = await raiseProviders(project, place("home"));
    await make("raised", "--since", join(place("full"), "manifest.json"), "--skip-rehearsal");
    await provider[Symbol.asyncDispose]();
    expect((await manifestOf(place("raised"))).versions).toMatchObject({
      "plugin docker": "5.2.1",
      "plugin command": "1.2.2",
      "plugin random": "4.21.3",
    });
    const rollback = () => host.run("bash", join(host.data, "current/deploy.sh"), "--rollback");
    for (const step of [() => deploy("raised"), rollback, rollback]) {
      const { status, output } = await step();
      expect(status, output).toBe(0);
      expect(await answer()).toContain("Paris");
    }
  });

  it("takes down what the trial of another version has left, whose plugins it does not have itself", async () => {
    await project.writeStack(stack, { ...config, ollama: { keepAlive: "8m" } });
    await make("killed", "--since", join(place("full"), "manifest.json"), "--skip-rehearsal");
    const { stopped } = await host.stopAt(
      /docker:index:Container ollama-container created/,
      killFamily,
      "bash",
      join(place("killed"), "deploy.sh"),
      ...["--data", host.data, "--allowed-signers", allowed],
    );
    expect(stopped).toBe(true);
    // The one that serves, and that of the trial.
    expect(await host.containers("ollama-container")).toHaveLength(2);
    const { status, output } = await deploy("raised");
    expect(status, output).toBe(0);
    await only();
    expect(await answer()).toContain("Paris");
  });

  it("carries 1.2 MB at most for a changed configuration, which is tried beside the old version", async () => {
    await project.writeStack(stack, { ...config, ollama: { keepAlive: "7m" } });
    await make("config", "--since", join(place("full"), "manifest.json"), "--skip-rehearsal");
    const { files, images, requires } = await manifestOf(place("config"));
    expect(Object.values(files).reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1_400_000);
    expect(images).toHaveLength(3);
    expect(images.flatMap(({ layers }) => layers.flatMap((layer) => layer.files))).toEqual([]);
    expect(requires).toMatch(/^sha256:/);

    const { status, output } = await deploy("config");
    expect(output).toContain("Trying the new version beside version ");
    expect(status).toBe(0);
    expect(await inspect("{{json .Config.Env}}")).toContain("OLLAMA_KEEP_ALIVE=7m");
    expect(await answer()).toContain("Paris");
    expect(await host.must("docker", "network", "ls", "--quiet", "--filter", "name=ollama-network")).not.toContain(
      "\n",
    );
  });

  it("carries a new version of the usher as one small layer, which is put on the Node that is there", async () => {
    await appendFile(join(project.folder, "usher/main.ts"), 'process.title = "usher";\n');
    await make("usher", "--since", join(place("config"), "manifest.json"));
    const { files, images } = await manifestOf(place("usher"));
    expect(Object.values(files).reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1_400_000);
    const [, , before] = (await manifestOf(place("config"))).images;
    expect(images.map(({ layers }) => layers.flatMap((layer) => layer.files).length)).toEqual([0, 0, 1]);
    expect(images[2]?.layers.slice(0, -1)).toEqual(before?.layers.slice(0, -1));

    const [usher] = await host.containers("usher-container");
    const { status, output } = await deploy("usher");
    expect(status, output).toBe(0);
    const [replaced] = await host.containers("usher-container");
    expect(replaced).not.toBe(usher);
    expect(await host.must("docker", "exec", replaced ?? "", "cat", "/usher/usher.mjs")).toContain(
      'process.title = "usher"',
    );
    expect(await answer()).toContain("Paris");
  });

  it("leaves the weights out for another base image, and makes the same image as the complete package", async () => {
    await project.writeStack(stack, { ...config, baseImage: await otherBase(newBase) });
    await make("base", "--since", join(place("usher"), "manifest.json"));
    await make("complete", "--skip-rehearsal");
    const [delta] = (await manifestOf(place("base"))).images;
    const [complete] = (await manifestOf(place("complete"))).images;
    expect(delta?.layers.map(({ files }) => files.length)).toEqual([0, 0, 1, 0]);
    expect(delta?.layers.map(({ digest }) => digest)).toEqual(complete?.layers.map(({ digest }) => digest));
    expect(delta?.id).toBe(complete?.id);

    const { status } = await deploy("base");
    expect(status).toBe(0);
    expect(await imageServed()).toBe(complete?.id);
    expect(await inspect("{{json .Config.Env}}")).toContain("CHANGED=yes");
    expect(await answer()).toContain("Paris");
  });

  it("leaves the base out for another model, and takes it from the image on the host", async () => {
    const { digest } = await stagePadded(project, 1024 * 1024);
    await project.writeStack(stack, {
      ...config,
      baseImage: await otherBase(newBase),
      models: [{ name: model, digest }],
    });
    await make("model", "--since", join(place("base"), "manifest.json"), "--skip-rehearsal");
    const [image] = (await manifestOf(place("model"))).images;
    expect(image?.layers.map(({ files }) => files.length)).toEqual([1, 0, 0, 0]);

    const oldest = (await manifestOf(place("full"))).images[0]?.name ?? "";
    const stranger = await host.must("docker", "create", oldest);
    const { status, output } = await deploy("model");
    expect(output).toContain(`The image ${oldest} stays: `);
    expect(status).toBe(0);
    expect(await host.images()).toContain(oldest);
    await host.must("docker", "rm", stranger);
    await host.must("docker", "rmi", oldest);
    expect(await imageServed()).toBe(image?.id);
    expect(await answer()).toContain("Paris");
  });

  it("is refused in one sentence, and before anything is changed, where what it needs is not there", async () => {
    const before = await only();
    await project.writeStack(stack, { ...config, ollama: { keepAlive: "9m" } });
    await make("elsewhere", "--since", join(place("complete"), "manifest.json"), "--skip-rehearsal");
    const { status, output } = await deploy("elsewhere");
    expect(output).toMatch(
      /This package has only what changed since version [0-9a-f]{12}, and this host runs version [0-9a-f]{12}: bring the complete package, or one that was made with --since the manifest of the version here; nothing was changed/,
    );
    expect(status).toBe(exitStatus.refused);
    expect(await only()).toBe(before);
  });

  it("says in its manifest that it was not rehearsed", async () => {
    expect((await manifestOf(place("complete"))).rehearsal).toBe("skipped");
  });

  it("goes back to the version before, and forward again", async () => {
    const script = join(host.data, "current/deploy.sh");
    const back = await host.run("bash", script, "--rollback");
    expect(back.output).toMatch(/Going back from version [0-9a-f]{12} of .* to version [0-9a-f]{12} of /);
    expect(back.status).toBe(0);
    expect(await imageServed()).toBe((await manifestOf(place("base"))).images[0]?.id);
    expect(await answer()).toContain("Paris");
    expect((await host.run("bash", script, "--rollback")).status).toBe(0);
    expect(await imageServed()).toBe((await manifestOf(place("model"))).images[0]?.id);
  });

  it("keeps only the images and tools of the version that serves and the one before", async () => {
    const manifests = [await manifestOf(place("model")), await manifestOf(place("base"))];
    const expected = manifests.flatMap((manifest) => manifest.images.map(({ name }) => name));
    expect((await host.images()).sort()).toEqual([...new Set(expected)].sort());
    expect(await readdir(join(host.data, "versions"))).toHaveLength(2);
    const tools = manifests.flatMap((manifest) =>
      Object.values(manifest.tools).map(({ digest }) => shortDigest(digest)),
    );
    expect((await readdir(join(host.data, "tools"))).sort()).toEqual([...new Set(tools)].sort());
    const plugins = (await readdir(join(host.data, "plugins"))).filter((name) => !name.endsWith(".lastused"));
    expect(plugins.sort()).toEqual(["resource-command-v1.2.1", "resource-docker-v5.2.0", "resource-random-v4.21.2"]);
  });

  it("is removed with containers, networks and images; state only when that is asked for", async () => {
    const script = join(host.data, "current/deploy.sh");
    const [, edge = "", usher = ""] = (await manifestOf(place("model"))).images.map(({ name }) => name);
    const strangers = [
      await host.must("docker", "create", edge, "haproxy"),
      await host.must("docker", "create", usher, "serve"),
    ];
    const removed = await host.run("bash", script, "--uninstall");
    expect(removed.stdout).toContain(`Containers, networks and images are removed, but for ${edge}, ${usher}.\n`);
    for (const name of [edge, usher]) expect(removed.output).toContain(`The image ${name} stays: `);
    expect((await host.containers()).sort()).toEqual(strangers.sort());
    await host.must("docker", "rm", ...strangers);
    await host.must("docker", "rmi", edge, usher);
    expect(removed.stdout).toContain(`${host.data} is kept, with state and passphrase; --purge removes it.`);
    expect(removed.status).toBe(0);
    expect(await host.containers()).toEqual([]);
    expect(await host.must("docker", "images", "--quiet")).toBe("");
    expect(await host.must("docker", "network", "ls", "--quiet", "--filter", "type=custom")).toBe("");
    for (const name of ["photos", "trial"]) await mkdir(join(host.data, name, "holiday"), { recursive: true });
    const purged = await host.script(place("full"), "deploy.sh", "--uninstall", "--purge");
    expect(purged.stdout).toContain(`${host.data} stays, with what is not this service's: photos, trial.\n`);
    expect(purged.status).toBe(0);
    expect((await readdir(host.data)).sort()).toEqual(["lock", "photos", "trial"]);
    const named = await deploy("full", "--check");
    expect(named.stdout).toMatch(/^BLOCKED +data folder +.* holds photos, trial$/m);
    expect(named.status).toBe(exitStatus.refused);
  });

  it("can be one archive", async () => {
    await make("archive", "--archive", "--skip-rehearsal");
    expect((await readdir(folder)).filter((name) => name.startsWith("archive"))).toEqual(["archive.tar"]);
    await must("tar", ["-xf", place("archive.tar"), "--one-top-level", "-C", folder]);
    const { status, stdout } = await host.script(place("archive"), "verify.sh", "--allowed-signers", allowed);
    expect(stdout).toMatch(/^\d+ files verified, /m);
    expect(status).toBe(0);
  });
});
