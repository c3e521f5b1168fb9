import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddedStack, stack } from "../support/bundle.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../support/engine.ts";
import { haproxyImage, model, nodeImage, ollamaImage } from "../support/fixtures.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { gatewayKeys, tokensOf } from "../support/gateway.ts";
import { must, run } from "../support/shell.ts";

const registry = inject("registry");
const url = "http://127.0.0.1:11434";

describeWithEngine("a stack behind the gateway when parts of it die", () => {
  let engine: Engine;
  let project: Project;
  let token: string;
  let config: StackConfig;

  beforeAll(async () => {
    engine = await startClosedEngine();
    for (const image of [ollamaImage, haproxyImage, nodeImage]) await engine.load(image);
    config = {
      ...(await embeddedStack(registry, 11434)),
      network: { subnet: "10.200.0.0/24" },
      gateway: { ...(await gatewayKeys()), subnet: "10.200.1.0/29" },
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

  it.each(["ollama", "usher", "gateway"])("is back when the process of %s is killed", async (name) => {
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

  it("is back when the gateway's worker is killed", async () => {
    const children = await must("sh", ["-c", `cat /proc/${await pidOf("gateway")}/task/*/children`]);
    await must("kill", ["-9", ...children.trim().split(/\s+/)]);
    expect(await recovery("kill -9 of HAProxy's worker")).toBeLessThan(30);
  });

  it.each(["ollama", "usher", "gateway"])(
    "is back when the container of %s is killed and started again",
    async (name) => {
      await engine.inside("docker", "kill", await named(name));
      await engine.inside("docker", "start", await named(name));
      expect(await recovery(`docker kill and start of ${name}`)).toBeLessThan(30);
    },
  );

  it.each(["ollama", "usher", "gateway"])("is back when %s is restarted", async (name) => {
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

  it.each([
    ["gateway", "usher", "ollama"],
    ["ollama", "usher", "gateway"],
    ["usher", "gateway", "ollama"],
  ])("is back when %s starts before %s, and that before %s", async (...parts) => {
    const containers = await Promise.all(parts.map(named));
    await engine.inside("docker", "stop", "--time", "5", ...containers);
    for (const container of containers) await engine.inside("docker", "start", container);
    expect(await recovery(parts.join(" before "))).toBeLessThan(30);
  });

  const networkOf = async (name: string) =>
    engine.inside("docker", "network", "ls", "--quiet", "--filter", `name=${name}-network`);

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
    ["has lost the usher", async () => engine.inside("docker", "rm", "-f", await named("usher"))],
    ["has lost the server", async () => engine.inside("docker", "rm", "-f", await named("ollama"))],
    [
      "has its gateway taken off the server's network",
      async () =>
        engine.inside("docker", "network", "disconnect", "--force", await networkOf("ollama"), await named("gateway")),
    ],
    [
      "has its server taken off its network",
      async () =>
        engine.inside("docker", "network", "disconnect", "--force", await networkOf("ollama"), await named("ollama")),
    ],
    [
      "has lost the gateway with all that it knows",
      async () => {
        await engine.inside("docker", "rm", "-f", await named("gateway"));
        await engine.inside("sh", "-c", "docker volume rm $(docker volume ls --quiet --filter name=gateway-edge)");
      },
    ],
    [
      "has lost all, and their networks",
      async () => {
        await engine.inside("docker", "rm", "-f", await named("ollama"), await named("usher"), await named("gateway"));
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

  it("has the subnets that are written, and others when these change", async () => {
    const subnets = async () => {
      const format = "{{range .IPAM.Config}}{{.Subnet}}{{end}}";
      const of = async (name: string) =>
        engine.inside("docker", "network", "inspect", "--format", format, await networkOf(name));
      return [await of("ollama"), await of("gateway")];
    };
    expect(await subnets()).toEqual(["10.200.0.0/24", "10.200.1.0/29"]);
    // A part of the one before, which two networks could not have at a time.
    await project.writeStack(stack, { ...config, network: { subnet: "10.200.0.0/25" } });
    const { status, output } = await project.run("node", ["commands/up.ts", stack]);
    expect(status, output).toBe(0);
    expect(await subnets()).toEqual(["10.200.0.0/25", "10.200.1.0/29"]);
    expect(await recovery("another subnet")).toBeLessThan(30);
    const preview = await project.preview(stack, "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
  });

  it("refuses a subnet that others have, and goes on", async () => {
    await engine.inside("docker", "network", "create", "--subnet", "10.201.0.0/24", "others");
    await engine.inside("ip", "route", "add", "10.202.0.0/25", "dev", "lo");
    const gateway = config["gateway"] as object;
    const network = { subnet: "10.201.0.0/24" };
    await project.writeStack(stack, { ...config, network, gateway: { ...gateway, subnet: "10.202.0.0/24" } });
    const { status, output } = await project.run("node", ["commands/up.ts", stack]);
    expect(output).toContain("10.201.0.0/24 overlaps with the Docker network others, 10.201.0.0/24: write another");
    expect(output).toContain("10.202.0.0/24 overlaps with the route of this host to 10.202.0.0/25 through lo: write");
    expect(status).not.toBe(0);
    await engine.inside("docker", "network", "rm", "others");
    await engine.inside("ip", "route", "del", "10.202.0.0/25");
    expect(await recovery("a subnet that others have")).toBeLessThan(30);
  });

  describe("on an address that the host does not have when the engine starts", () => {
    const address = "192.0.2.10";

    beforeAll(async () => {
      await engine.inside("ip", "address", "add", `${address}/32`, "dev", "lo");
      const gateway = { ...(config["gateway"] as object), tls: { mode: "internal" } };
      await project.writeStack(stack, { ...config, address, gateway });
      const { status, output } = await project.run("node", ["commands/up.ts", stack]);
      if (status !== 0) throw new Error(output);
    });

    /** Starts the engine as a host does whose network comes later. */
    async function boot(): Promise<void> {
      await engine.halt();
      await engine.inside("ip", "address", "del", `${address}/32`, "dev", "lo");
      await engine.start();
      await engine.inside("ip", "address", "add", `${address}/32`, "dev", "lo");
    }
    const answer = async () =>
      (await run(engine.prefix[0] ?? "", [...engine.prefix.slice(1), "curl", "-sk", `https://${address}:11434/`], all))
        .stdout;

    it("is brought back by up", async () => {
      await boot();
      expect(await answer()).toBe("");
      const { status, output } = await project.run("node", ["commands/up.ts", stack]);
      expect(status, output).toBe(0);
      expect(await answer()).toContain("Ollama is running");
    });

    it("is back by itself where the engine may listen there before", async () => {
      await engine.inside("sysctl", "-w", "net.ipv4.ip_nonlocal_bind=1");
      await boot();
      for (let tries = 0; tries < 60 && (await answer()) === ""; tries += 1) await sleep(500);
      expect(await answer()).toContain("Ollama is running");
    });
  });
});
