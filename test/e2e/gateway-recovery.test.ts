import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddedStack, stack } from "../support/bundle.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../support/engine.ts";
import { caddyImage, model, ollamaImage } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { gatewayKeys, tokensOf } from "../support/gateway.ts";
import { must, run } from "../support/shell.ts";

const registry = inject("registry");
const url = "http://127.0.0.1:11434";

describeWithEngine("a stack behind the gateway when parts of it die", () => {
  let engine: Engine;
  let project: Project;
  let token: string;

  beforeAll(async () => {
    engine = await startClosedEngine();
    for (const image of [ollamaImage, caddyImage]) await engine.load(image);
    const config = {
      ...(await embeddedStack(registry, 11434)),
      gateway: await gatewayKeys(),
    };
    const outside = await Project.create();
    await outside.writeStack(stack, config);
    await must("node", ["commands/stage.ts", stack], { cwd: outside.folder });
    project = await Project.create(engine.env, engine.prefix);
    await must("cp", ["-r", `${outside.folder}/staged`, `${project.folder}/staged`]);
    await outside.remove();
    await project.writeStack(stack, config);
    await project.createStack(stack);
    const { status, output } = await project.up(stack);
    if (status !== 0) throw new Error(output);
    token = await currentToken();
  });

  afterAll(async () => {
    await engine.stop();
    await project.remove();
  });

  const currentToken = async () => (await tokensOf(project))["backend"] ?? "";
  const all = { env: { ...process.env } };
  const named = async (name: string) =>
    engine.inside("docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", `name=${name}-container`);
  const pidOf = async (name: string) =>
    engine.inside("docker", "inspect", "--format", "{{.State.Pid}}", await named(name));

  /** Seconds until the same token gets an answer again. */
  async function recovery(what: string): Promise<number> {
    const started = performance.now();
    const body = JSON.stringify({
      model,
      prompt: "The capital of France is",
      stream: false,
      options: { temperature: 0, num_predict: 8 },
    });
    const args = [
      "curl",
      "-sS",
      "--max-time",
      "60",
      "-H",
      `Authorization: Bearer ${token}`,
      `${url}/api/generate`,
      "-d",
      body,
    ];
    for (;;) {
      const [first = "", ...rest] = [...engine.prefix, ...args];
      const { stdout } = await run(first, rest, all);
      if (stdout.includes("Paris")) break;
      if (performance.now() - started > 90_000) throw new Error(`not back within 90 s after ${what}: ${stdout}`);
      await sleep(200);
    }
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`${what}: answering again after ${seconds.toFixed(1)} s\n`);
    return seconds;
  }

  it.each(["ollama", "gateway"])("is back when the process of %s is killed", async (name) => {
    const pid = await pidOf(name);
    await must("kill", ["-9", pid]);
    expect(await recovery(`kill -9 of ${name}`)).toBeLessThan(30);
    expect(await pidOf(name)).not.toBe(pid);
  });

  it("is back when the runner with the model is killed", async () => {
    const children = await must("sh", ["-c", `cat /proc/${await pidOf("ollama")}/task/*/children`]);
    await must("kill", ["-9", ...children.trim().split(/\s+/)]);
    expect(await recovery("kill -9 of the runner")).toBeLessThan(30);
  });

  it("is back when the gateway's processes with rules are killed", async () => {
    const lines = await engine.inside("docker", "top", await named("gateway"), "-o", "pid,args");
    const door = await pidOf("gateway");
    const caddies = lines.split("\n").flatMap((line) => /^\s*(\d+)\s+caddy run/.exec(line)?.[1] ?? []);
    const rules = caddies.filter((pid) => pid !== door);
    expect(rules).toHaveLength(2);
    await must("kill", ["-9", ...rules]);
    expect(await recovery("kill -9 of the rules")).toBeLessThan(30);
    expect(await pidOf("gateway")).toBe(door);
  });

  it.each(["ollama", "gateway"])("is back when the container of %s is killed and started again", async (name) => {
    await engine.inside("docker", "kill", await named(name));
    await engine.inside("docker", "start", await named(name));
    expect(await recovery(`docker kill and start of ${name}`)).toBeLessThan(30);
  });

  it.each(["ollama", "gateway"])("is back when %s is restarted", async (name) => {
    await engine.inside("docker", "restart", await named(name));
    expect(await recovery(`docker restart of ${name}`)).toBeLessThan(30);
  });

  it("is back when the engine is stopped and started", async () => {
    const before = [await pidOf("ollama"), await pidOf("gateway")];
    await engine.halt();
    await engine.start();
    expect(await recovery("stop and start of the engine")).toBeLessThan(60);
    expect(before).not.toContain(await pidOf("ollama"));
    expect(before).not.toContain(await pidOf("gateway"));
  });

  const lost: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      "is stopped, and the engine restarted",
      async () => {
        await engine.inside("docker", "kill", await named("ollama"), await named("gateway"));
        await engine.halt();
        await engine.start();
      },
    ],
    ["has lost the gateway", async () => engine.inside("docker", "rm", "-f", await named("gateway"))],
    ["has lost the server", async () => engine.inside("docker", "rm", "-f", await named("ollama"))],
    [
      "has lost both, and their networks",
      async () => {
        await engine.inside("docker", "rm", "-f", await named("ollama"), await named("gateway"));
        await engine.inside("docker", "network", "prune", "--force");
      },
    ],
  ];

  it.each(lost)("is brought back by up when it %s", async (what, lose) => {
    await lose();
    const { status, output } = await project.run("node", ["commands/up.ts", stack]);
    expect(status, output).toBe(0);
    expect(await recovery(`up of a stack that ${what}`)).toBeLessThan(30);
    const preview = await project.preview(stack, "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
  });

  it("has the same token afterwards, is healthy, and shows no change", async () => {
    expect(await currentToken()).toBe(token);
    const health = await project.run("node", ["commands/health.ts", stack]);
    expect(health.output).toContain(`The gateway asks for tokens at ${url}`);
    expect(health.status).toBe(0);
    expect((await project.refresh(stack)).status).toBe(0);
    expect((await project.preview(stack, "--expect-no-changes")).status).toBe(0);
  });
});
