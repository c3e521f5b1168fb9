import { randomInt } from "node:crypto";
import { cp, mkdtemp, open, readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  bundle,
  embeddedStack,
  lastingManifest,
  manifestOf,
  leftOfTrials,
  removeTestImages,
  signingKey,
  stack,
} from "../../support/bundle.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { model } from "../../support/fixtures.ts";
import { Project, type StackConfig } from "../../support/project.ts";
import { anyFile, cutStates } from "../../support/power-cut.ts";
import { randomFrom, seedFrom } from "../../support/random.ts";
import { must } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18501;
const url = `http://127.0.0.1:${port}`;
const cuts = Number(process.env["POWER_CUTS"] ?? 3);
const seed = seedFrom("POWER_SEED");
const kills = Number(process.env["KILLS"] ?? 3);
const killSeed = seedFrom("KILL_SEED");

describeWithEngine("an offline package that something goes wrong with", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let config: StackConfig;
  let release: { key: string; allowed: string };
  let good: string;
  let weights: string;

  const make = async (out: string, ...args: string[]) => {
    const result = await bundle(project, out, "--part-size", "64m", ...args);
    if (result.status !== 0) throw new Error(result.output);
  };
  const verify = (path: string) => host.script(path, "verify.sh", "--allowed-signers", release.allowed);
  const deploy = (path: string, ...args: string[]) =>
    host.script(path, "deploy.sh", "--allowed-signers", release.allowed, ...args);
  /** A copy of the good package to damage; its large files are links to the same bytes until they are changed. */
  const copy = async (name: string) => {
    const path = join(folder, name);
    await rm(path, { recursive: true, force: true });
    await must("cp", ["-a", "--reflink=auto", good, path]);
    return path;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-faults-"));
    release = await signingKey(folder, "release");
    project = await Project.create();
    config = await embeddedStack(registry, port);
    await project.writeStack(stack, config);
    good = join(folder, "good");
    await make(good, "--sign", release.key, "--skip-rehearsal");
    weights = (await manifestOf(good)).images[0]?.layers[0]?.files[0] ?? "";
    host = await ClosedHost.start();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("names the file with a flipped bit, wherever it is", async () => {
    for (const file of [weights, "tools/plugins.tar.zst.000", "health-check.sh"]) {
      const path = await copy("flipped");
      const handle = await open(join(path, file), "r+");
      const byte = Buffer.alloc(1);
      const at = randomInt((await handle.stat()).size);
      await handle.read(byte, 0, 1, at);
      byte.writeUInt8(byte.readUInt8() ^ (1 << randomInt(8)));
      await handle.write(byte, 0, 1, at);
      await handle.close();
      for (const result of [await verify(path), await deploy(path)]) {
        expect(result.output).toMatch(/1 of \d+ files are not as they were packed; copy them again:/);
        expect(result.output).toContain(`\n  ${file} is damaged: its sha256 is `);
        expect(result.status).toBe(exitStatus.untrusted);
      }
    }
    expect(await host.containers()).toEqual([]);
    expect(await host.must("docker", "images", "--quiet")).toBe("");
  });

  it("names damage in what checks the package itself", async () => {
    const path = await copy("node");
    await truncate(join(path, "tools/node.000"), 1000);
    const { status, output } = await verify(path);
    expect(output).toMatch(/tools\/node\.000 is damaged: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}; copy it again/);
    expect(status).toBe(exitStatus.untrusted);
  });

  it("names a part that is missing, and one that is too short, in one go", async () => {
    const path = await copy("missing");
    await rename(join(path, weights), join(folder, "away"));
    const { size } = await stat(join(path, "tools/modules.tar.zst.000"));
    await truncate(join(path, "tools/modules.tar.zst.000"), size - 1);
    const { status, output } = await verify(path);
    expect(output).toContain(`  ${weights} is missing (weights of ${model})\n`);
    expect(output).toContain(`  tools/modules.tar.zst.000 has ${size - 1} of ${size} bytes\n`);
    expect(status).toBe(exitStatus.untrusted);
  });

  it("does not believe a manifest that was edited", async () => {
    const path = await copy("edited");
    await must("sed", ["-i", 's/"stack": "prod"/"stack": "evil"/', join(path, "manifest.json")]);
    const { status, output } = await deploy(path);
    expect(output).toContain("The signature of release@example.org does not fit: manifest.json was changed");
    expect(status).toBe(exitStatus.untrusted);
  });

  it("does not believe a stranger, nor a list that came with the package", async () => {
    const stranger = await signingKey(folder, "stranger");
    const path = await copy("strange");
    await rm(join(path, "manifest.json.sig"));
    await must("ssh-keygen", [
      "-q",
      "-Y",
      "sign",
      "-f",
      stranger.key,
      "-n",
      "gemma-package",
      join(path, "manifest.json"),
    ]);
    const signed = await deploy(path);
    expect(signed.output).toContain(
      `The package is signed with a key that ${release.allowed} does not list; it was not used`,
    );
    expect(signed.status).toBe(exitStatus.untrusted);
    await cp(stranger.allowed, join(path, "allowed_signers"));
    const vouched = await host.script(path, "deploy.sh", "--allowed-signers", join(path, "allowed_signers"));
    expect(vouched.output).toContain("came with the package, which must not vouch for itself: use the host's own list");
    expect(vouched.status).toBe(exitStatus.untrusted);
  });

  it("does not take an unsigned package unless it is told to", async () => {
    const path = await copy("unsigned");
    await rm(join(path, "manifest.json.sig"));
    const refused = await deploy(path, "--check");
    expect(refused.output).toBe(
      "The package is not signed. Who made it cannot be checked; --allow-unsigned takes it all the same\n",
    );
    expect(refused.status).toBe(exitStatus.untrusted);
    const taken = await deploy(path, "--check", "--allow-unsigned");
    expect(taken.output).toContain("WARNING: the package is not signed; nothing shows who made it");
    expect(taken.status).toBe(0);
  });

  it("foresees a disk that is too small, where it is made and where it is deployed", async () => {
    const small = join(folder, "small");
    await must("sh", ["-c", `mkdir ${small} && mount -t tmpfs -o size=40m tmpfs ${small}`]);
    try {
      const made = await bundle(project, join(small, "package"), "--skip-rehearsal");
      expect(made.output).toMatch(
        /The disk of .*small\/package is too small for the package: [0-9.]+ MiB are needed, 40 MiB are free; nothing was changed, free another [0-9.]+ MiB or name another disk/,
      );
      expect(made.status).toBe(exitStatus.refused);
      const args = ["--allowed-signers", release.allowed, "--check", "--data", small];
      const deployed = await host.run("bash", join(good, "deploy.sh"), ...args);
      expect(deployed.stdout).toMatch(/^BLOCKED +space/m);
      expect(deployed.status).toBe(exitStatus.refused);
      expect(await readdir(small)).toEqual(["package"]);
    } finally {
      await must("umount", [small]);
    }
  });

  it("is not deployed without an engine, or on a port that something else has", async () => {
    await host.engine.halt();
    const noEngine = await deploy(good);
    await host.engine.start();
    expect(noEngine.output).toMatch(/^BLOCKED +Docker +Cannot connect to the Docker daemon/m);
    expect(noEngine.output).toContain("This host is not ready; nothing was changed");
    expect(noEngine.status).toBe(exitStatus.refused);
    expect((await readdir(host.data)).sort()).toEqual([".gemma-own", "lock", "logs"]);
    const listen = `require("net").createServer().listen(${port}, "127.0.0.1"); setTimeout(process.exit, 6000)`;
    const listener = host.run(process.execPath, "-e", listen);
    await sleep(2000);
    const taken = await deploy(good, "--check");
    await listener;
    expect(taken.stdout).toMatch(new RegExp(`^BLOCKED +port +127\\.0\\.0\\.1:${port} `, "m"));
    expect(taken.status).toBe(exitStatus.refused);
  });

  it("is not deployed while it is unfinished", async () => {
    const path = await copy("unfinished");
    await writeFile(join(path, "unfinished.json"), "{}");
    const { status, output } = await deploy(path);
    expect(output).toContain(`The package in ${path} is not finished: run the bundle command again where it is made`);
    expect(status).toBe(exitStatus.untrusted);
  });

  it("is deployed, and leaves nothing that it does not need", async () => {
    const { status, output } = await deploy(good);
    expect(output).toContain(`${model} serves at ${url}, version `);
    expect(status).toBe(0);
    expect(await host.containers()).toHaveLength(1);
    expect(await host.must("docker", "network", "ls", "--quiet", "--filter", "type=custom")).not.toContain("\n");
    const [image] = (await manifestOf(good)).images;
    expect(await host.images()).toEqual([image?.name]);
    expect(await host.must("docker", "images", "--quiet", "--no-trunc")).toBe(`${image?.id}\n${image?.id}`);
    expect((await readdir(host.data)).sort()).toEqual([
      ".gemma-own",
      "current",
      "deployed.json",
      "health.json",
      "lock",
      "logs",
      "passphrase",
      "place",
      "plugins",
      "state",
      "tools",
      "versions",
    ]);
    expect(await host.ask(url, model)).toContain("Paris");
    expect((await deploy(good)).stdout).toContain("Nothing has changed");
  });

  it(`serves on after ${cuts} files that a power cut has left of, seed ${seed}`, { timeout: 3600_000 }, async () => {
    const counted = { mended: 0, named: 0 };
    for (let index = 0; index < cuts; index += 1) {
      const random = randomFrom(seed + index);
      const file = anyFile(host.data, random);
      const [state, cut] = Object.entries(cutStates)[Math.floor(random() * 4)] ?? ["0 bytes", cutStates["0 bytes"]];
      const aside = join(folder, "whole");
      await must("cp", ["-a", file, aside]);
      cut(file);
      process.stdout.write(`${state} of ${file}\n`);
      const { status, output } = await deploy(good);
      if (status !== 0) {
        expect(output).toContain(file);
        expect(output).not.toMatch(/\n {4}at /);
        await must("cp", ["-a", "--remove-destination", aside, file]);
        expect((await deploy(good)).status).toBe(0);
        counted.named += 1;
      } else counted.mended += 1;
      await rm(aside);
      expect(await host.containers()).toHaveLength(1);
      expect(await host.ask(url, model)).toContain("Paris");
    }
    process.stdout.write(`power: ${cuts} files cut, ${counted.mended} mended, ${counted.named} named, 0 lost\n`);
  });

  it("lets the old version serve when the new one does not pass its gate", async () => {
    const before = await host.containers();
    await project.writeStack(stack, { ...config, readiness: { pattern: "Atlantis", timeout: "60s" } });
    const bad = join(folder, "bad");
    const rehearsed = await bundle(project, bad, "--part-size", "64m");
    expect(rehearsed.output).toContain("which does not match Atlantis");
    expect(rehearsed.status).toBe(1);
    expect(await readdir(bad)).not.toContain("manifest.json");

    await make(bad, "--skip-rehearsal", "--since", join(good, "manifest.json"));
    const { status, output } = await deploy(bad, "--allow-unsigned");
    expect(output).toMatch(/The new version was not deployed \(.*\); version [0-9a-f]{12} of .* serves as before/);
    expect(status).toBe(exitStatus.oldServes);
    expect(await host.containers()).toEqual(before);
    expect(await host.ask(url, model)).toContain("Paris");
  });

  it("goes back by itself when the new version fails in the old one's place", async () => {
    await project.writeStack(stack, {
      ...config,
      replacement: "recreate",
      ollama: { keepAlive: "8m" },
      readiness: { pattern: "Atlantis", timeout: "60s" },
    });
    const bad = join(folder, "worse");
    await make(bad, "--skip-rehearsal", "--since", join(good, "manifest.json"));
    const { status, output } = await deploy(bad, "--allow-unsigned");
    expect(output).toContain("The new version is not tried beside the old one: the stack's replacement is recreate");
    expect(output).toMatch(/The new version was not deployed \(.*\); version [0-9a-f]{12} of .* serves again/);
    expect(status).toBe(exitStatus.oldServes);
    expect(await host.containers()).toHaveLength(1);
    expect(await host.ask(url, model)).toContain("Paris");
    expect((await deploy(good)).stdout).toContain("serves at");
  });

  it("carries on after Ctrl-C while it was unpacked and its images were sent", async () => {
    await using fresh = await ClosedHost.start();
    const command = ["bash", join(good, "deploy.sh"), "--data", fresh.data, "--allow-unsigned"] as const;
    const { stopped, output } = await fresh.stopAt(
      /Unpacking modules/,
      (pid) => {
        process.kill(-pid, "SIGINT");
      },
      ...command,
    );
    expect([stopped, output.includes(" is unpacked")]).toEqual([true, false]);
    expect(await fresh.containers()).toEqual([]);
    const { status, output: again } = await fresh.run(...command);
    expect(status, again).toBe(0);
    expect((await fresh.images()).filter((name) => name.includes("gemma/layer"))).toEqual([]);
    const left = await fresh.must("find", fresh.data, "-maxdepth", "2", "-name", "*.partial");
    expect(left).toBe("");
  });

  it(`is the same package after ${kills} runs that were killed, seed ${killSeed}`, { timeout: 900_000 }, async () => {
    await project.writeStack(stack, config);
    const out = join(folder, "killed");
    const [command, ...args] = ["node", "commands/bundle.ts", stack, "--out", out, "--part-size", "64m"];
    const random = randomFrom(killSeed);
    for (let count = 0; count < kills; count += 1) {
      const moment = 500 + Math.round(random() * 20_000);
      process.stdout.write(`killing a bundle run after ${moment} ms\n`);
      await project.killed(moment, command, args);
    }
    await make(out);
    // The rehearsal of the same bytes is seen once.
    await make(join(folder, "whole"), "--skip-rehearsal");
    const whole = await lastingManifest(join(folder, "whole"));
    expect(await lastingManifest(out)).toEqual({ ...whole, rehearsal: "passed" });
    const { status } = await host.script(out, "verify.sh", "--allow-unsigned");
    expect(status).toBe(0);
    expect(await leftOfTrials(project)).toEqual([]);
  });
});
