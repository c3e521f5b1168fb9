import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BreakingRegistry } from "../support/breaking-registry.ts";
import { containers } from "../support/container.ts";
import { model } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { docker, run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-failures");
const otherDigest = `sha256:${"0".repeat(64)}`;

describe("a stack whose up fails", () => {
  let project: Project;
  let config: StackConfig;

  beforeAll(async () => {
    project = await Project.create();
    config = pullingStack(registry, volume, await freePort());
    await project.writeStack("e2e", config);
    await project.createStack("e2e");
  });

  afterAll(async () => {
    await project.destroy("e2e");
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const failingUp = async (changes: StackConfig) => {
    await project.writeStack("e2e", { ...config, ...changes });
    const { status, output } = await project.up("e2e");
    expect(status).not.toBe(0);
    expect(output).not.toMatch(/^\s+at .*\.[jt]s/m);
    return output;
  };

  it("lists all problems of the configuration in the order of the file, and touches nothing", async () => {
    const output = await failingUp({
      memory: "lots",
      port: 70000,
      colour: "red",
      ollama: { numParallel: 0, keepAlive: "5" },
    });
    const lines = output.split("\n").filter((line) => /Pulumi\.e2e\.yaml:\d+: /.test(line));
    expect([...new Set(lines.map((line) => line.trim().replace(/;.*/, "")))]).toEqual([
      "Pulumi.e2e.yaml:7: gemma:port: got 70000",
      "Pulumi.e2e.yaml:11: gemma:memory: got lots",
      "Pulumi.e2e.yaml:13: gemma:colour: got red",
      "Pulumi.e2e.yaml:15: gemma:ollama.numParallel: got 0",
      "Pulumi.e2e.yaml:16: gemma:ollama.keepAlive: got 5",
    ]);
    expect(output).toContain("The configuration has 5 problems; nothing was changed.");
    expect(await containers({ volume })).toEqual([]);
  });

  it("names a registry that cannot be reached", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const output = await failingUp({ registry: url });
    expect(output).toContain(
      `The registry ${url} cannot be reached: connect ECONNREFUSED ${new URL(url).host}; check the network and the key registry`,
    );
  });

  it("names a model that does not exist", async () => {
    const output = await failingUp({ models: ["gemma9:huge"] });
    expect(output).toContain(
      `${registry.url} does not have the model gemma9:huge; check its name in models, and registry`,
    );
  });

  it("names a wrong digest before downloading anything", async () => {
    const output = await failingUp({ models: [{ name: model, digest: otherDigest }] });
    expect(output).toContain(
      `${registry.url} has ${model} with digest ${registry.digest}, and ${otherDigest} was expected; nothing was downloaded.`,
    );
  });

  it("carries on with an interrupted download", async () => {
    const breaking = new BreakingRegistry(registry);
    const url = await breaking.start();
    breaking.budget = 60_000_000;
    const killed = new AbortController();
    const stopWhenBroken = setInterval(() => {
      if (breaking.budget <= 0) killed.abort();
    }, 50);
    await project.writeStack("e2e", { ...config, registry: url });
    const { status } = await project.pulumi(["up", "--yes", "--skip-preview", "--stack", "e2e"], {
      signal: killed.signal,
    });
    clearInterval(stopWhenBroken);
    expect(status).toBeNull();
    expect(breaking.sent).toBe(60_000_000);
    await run("pkill", ["-9", "-f", "commands/pull-models.ts"]);
    await project.pulumi(["cancel", "--yes", "--stack", "e2e"]);

    breaking.budget = Infinity;
    const { status: second, output } = await project.up("e2e");
    breaking.stop();
    expect(output).toContain(`blobs verified, ${registry.size}`);
    expect(second).toBe(0);
    expect(breaking.sent).toBeGreaterThanOrEqual(registry.weights.size);
    expect(breaking.sent).toBeLessThan(registry.weights.size + 45_000_000);
  });

  it("names the gate's step, what it saw, and the container's last log lines", async () => {
    const output = await failingUp({ readiness: { timeout: "1ms" } });
    expect(output).toMatch(/Readiness gate, step 1\/4 server answers, failed: /);
    const slow = await failingUp({ readiness: { minTokensPerSecond: 100_000 } });
    expect(slow).toMatch(
      /step 4\/4 model generates, failed: smollm2:135m: \d+\.\d tokens\/s, and readiness\.minTokensPerSecond is 100000\n +Last lines of the log of the container [0-9a-f]{12}:\n +\S/,
    );
  });

  it("is whole again with a good configuration", async () => {
    await project.writeStack("e2e", config);
    expect((await project.up("e2e")).status).toBe(0);
    expect((await project.preview("e2e", "--expect-no-changes")).status).toBe(0);
  });

  it("says which disk is full, and what is needed", async () => {
    expect((await project.destroy("e2e")).status).toBe(0);
    const small = `${volume}-small`;
    await docker("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=40m", small);
    const output = await failingUp({ volume: { name: small, retainOnDelete: false } });
    expect(output).toMatch(
      new RegExp(
        `The disk of the volume ${small} is full: ${model} needs ${registry.size} \\(.*no space left on device\\)\\. Free space; what was downloaded is kept`,
      ),
    );
    expect((await project.destroy("e2e")).status).toBe(0);
  });
});
