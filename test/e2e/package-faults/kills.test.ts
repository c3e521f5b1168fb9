import { mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { hashFile, shortDigest } from "../../../support/hashing.ts";
import { bundle, embeddedStack, removeTestImages, stack } from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { deployed } from "../../support/deployed.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { killFamily, killOneOf } from "../../support/kill.ts";
import { Project } from "../../support/project.ts";
import { randomFrom, seedFrom } from "../../support/random.ts";
import type { Result } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18502;
const url = `http://127.0.0.1:${port}`;

/** How many operations are stopped; each of the five has one in turn. */
const kills = Number(process.env["KILLS"] ?? 3);
const seed = seedFrom("KILL_SEED");
const ways = ["everything is killed", "one process is killed", "Ctrl-C", "TERM"] as const;
type Way = (typeof ways)[number];

const trialBegins = /Trying the new version/;

/** A step of a service's life: what is done, and what is done after it was stopped. */
interface Operation {
  readonly name: string;
  /** From which text on it can be stopped; from the start when there is none. */
  readonly from?: RegExp;
  readonly command: () => readonly [string, ...string[]];
  readonly again: () => Promise<Result>;
}

describeWithEngine("a service that is stopped at any moment of its life", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let newest: string;

  const script = (path: string, ...args: string[]) =>
    ["bash", join(path, "deploy.sh"), "--data", host.data, ...args] as [string, ...string[]];
  const deploy = (name: string) => script(join(folder, name), "--allow-unsigned", "--allow-older");
  const rollback = () => script(join(host.data, "current"), "--rollback");
  const uninstall = (...args: string[]) => script(join(folder, "old"), "--uninstall", ...args);
  const current = async () => basename(await readlink(join(host.data, "current")));
  const tokens = async () => {
    const show = `. ${host.data}/current/env.sh; pulumi stack output tokens --show-secrets --json -s ${stack}`;
    return (JSON.parse(await host.must("bash", "-c", show)) as Record<string, string>)["backend"];
  };

  const operations: readonly Operation[] = [
    { name: "first deployment", command: () => deploy("old"), again: () => host.run(...deploy("old")) },
    {
      name: "trial",
      from: trialBegins,
      command: () => deploy("new"),
      again: () => host.run(...deploy("old")),
    },
    { name: "upgrade", command: () => deploy("new"), again: () => host.run(...deploy("new")) },
    {
      name: "rollback",
      command: rollback,
      // Once it has gone back, another one would go forward.
      again: async () => host.run(...((await current()) === newest ? rollback() : deploy("old"))),
    },
    { name: "uninstall", command: () => uninstall(), again: () => host.run(...uninstall("--purge")) },
  ];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-kills-"));
    project = await Project.create();
    const config = { ...(await embeddedStack(registry, port)), gateway: await gatewayKeys() };
    for (const [name, keys, args] of [
      ["old", {}, []],
      ["new", { ollama: { keepAlive: "7m" } }, ["--since", join(folder, "old/manifest.json")]],
    ] as const) {
      await project.writeStack(stack, { ...config, ...keys });
      const { status, output } = await bundle(project, join(folder, name), "--skip-rehearsal", ...args);
      if (status !== 0) throw new Error(output);
    }
    newest = shortDigest(await hashFile(join(folder, "new/manifest.json"), () => undefined));
    host = await ClosedHost.start();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  /** Stops a command in some way, after some milliseconds from a text on, and returns what it did. */
  async function stop(operation: Operation, way: Way, delay: number, random: () => number): Promise<string> {
    let killed = "";
    const disturb = async (pid: number) => {
      if (operation.from !== undefined) await sleep(delay);
      if (way === "everything is killed") await killFamily(pid);
      else if (way === "one process is killed") killed = await killOneOf(pid, (count) => Math.floor(random() * count));
      else if (way === "Ctrl-C") process.kill(-pid, "SIGINT");
      else process.kill(pid, "SIGTERM");
    };
    const { stopped } = await host.stopAt(operation.from ?? delay, disturb, ...operation.command());
    return stopped ? killed : "it had ended";
  }

  it(`comes to the same end after ${kills} stops, seed ${seed}`, { timeout: 3600_000 }, async () => {
    const ends = new Map<string, object>();
    const durations = new Map<string, number>();
    for (const { name, command, again } of operations) {
      // It is the first half of an upgrade.
      if (name === "trial") continue;
      const started = performance.now();
      let trial = started;
      const mark = () => {
        trial = performance.now();
      };
      await host.stopAt(trialBegins, mark, ...command());
      durations.set(name, performance.now() - started);
      if (name === "upgrade") durations.set("trial", (performance.now() - trial) / 2);
      if (name === "uninstall") expect((await again()).status).toBe(0);
      ends.set(name, await deployed(host));
    }

    let token: string | undefined;
    for (let index = 0; index < kills; index += 1) {
      const operation = operations[index % operations.length];
      if (operation === undefined) break;
      const { name, again } = operation;
      const random = randomFrom(seed + index);
      const way = ways[Math.floor(random() * ways.length)] ?? "TERM";
      const delay = Math.round(random() * (durations.get(name) ?? 0));
      const killed = await stop(operation, way, delay, random);
      process.stdout.write(`stop ${index + 1} of ${kills}: ${name}, ${way} after ${delay} ms ${killed}\n`);
      if (name === "trial") expect(await host.ask(url, model, token)).toContain("Paris");
      // On a busy machine the stop can come when the trial is over, and what is left of the run has gone on.
      const arrived = name === "trial" && (await current()) === newest;
      const { status, output } = await again();
      expect(status, output).toBe(0);
      if (name === "trial") expect(await current()).not.toBe(newest);
      if (name === "uninstall") expect(await deployed(host)).toEqual(ends.get(name));
      else {
        const tried = arrived ? "rollback" : "first deployment";
        expect(await deployed(host)).toEqual(ends.get(name === "trial" ? tried : name));
        const before = token;
        token = await tokens();
        if (name !== "first deployment") expect(token).toBe(before);
        expect(await host.ask(url, model, token)).toContain("Paris");
        const plain = `. ${host.data}/current/env.sh; pulumi preview -s ${stack} --expect-no-changes`;
        const preview = await host.run("bash", "-c", plain);
        expect(preview.status, preview.output).toBe(0);
      }
    }
  });
});
