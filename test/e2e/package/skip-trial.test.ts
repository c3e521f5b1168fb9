import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { bundle, embeddedStack, removeTestImages, stack } from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayKeys } from "../../support/gateway.ts";
import { Project, type StackConfig } from "../../support/project.ts";

const registry = inject("registry");
const port = 18502;
const url = `http://127.0.0.1:${port}`;

describeWithEngine("a version that takes its place without a trial", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let config: StackConfig;
  let token: string;

  /** Makes a package of the configuration with other keys; a delta after the first one. */
  async function make(name: string, keys: StackConfig, ...args: string[]): Promise<string> {
    await project.writeStack(stack, { ...config, ...keys });
    const out = join(folder, name);
    const result = await bundle(project, out, "--part-size", "64m", "--skip-rehearsal", ...args);
    if (result.status !== 0) throw new Error(result.output);
    return out;
  }

  const deploy = (path: string, ...args: string[]) => host.script(path, "deploy.sh", "--allow-unsigned", ...args);
  const servers = () => host.containers("ollama-container");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-skip-"));
    project = await Project.create();
    config = { ...(await embeddedStack(registry, port)), gateway: await gatewayKeys() };
    host = await ClosedHost.start();
    const { status, output } = await deploy(await make("good", {}));
    expect(status, output).toBe(0);
    const told = await host.run(
      "bash",
      "-c",
      `. ${host.data}/current/env.sh && pulumi stack output tokens --show-secrets --json -s ${stack}`,
    );
    token = (JSON.parse(told.stdout) as { backend: string }).backend;
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
  });

  it("fails there, and going back never has three servers and loses no request", async () => {
    const since = ["--since", join(folder, "good/manifest.json")];
    const keys = { ollama: { keepAlive: "8m" }, readiness: { pattern: "Atlantis", timeout: "60s" } };
    const bad = await make("bad", keys, ...since);
    let most = 0;
    const lost: string[] = [];
    const watch = new AbortController();
    const going = deploy(bad, "--skip-trial").finally(() => {
      watch.abort();
    });
    const count = async () => {
      while (!watch.signal.aborted) {
        most = Math.max(most, (await servers()).length);
        await sleep(100);
      }
    };
    const ask = async () => {
      while (!watch.signal.aborted) {
        const answer = await host.ask(url, model, token);
        if (!answer.includes('"done":true')) lost.push(answer);
        await sleep(500);
      }
    };
    const [{ status, output }] = await Promise.all([going, count(), ask()]);
    expect(output).toContain("The new version is not tried beside the old one: --skip-trial was given");
    expect(output).toContain("Removing the server of an update that failed, before another one is started");
    expect(output).toMatch(/The new version was not deployed \(.*\); version [0-9a-f]{12} of .* serves again/);
    expect(status).toBe(5);
    expect(most).toBe(2);
    expect(lost).toEqual([]);
    expect(await servers()).toHaveLength(1);
    expect(await host.ask(url, model, token)).toContain("Paris");
  });
});
