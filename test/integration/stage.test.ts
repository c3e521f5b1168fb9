import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { BreakingRegistry } from "../support/breaking-registry.ts";
import { model } from "../support/fixtures.ts";
import { CountingProxy } from "../support/counting-proxy.ts";
import { Project } from "../support/project.ts";

const registry = inject("registry");

describe("staging a model", () => {
  const breaking = new BreakingRegistry(registry);
  let project: Project;
  let url: string;

  beforeAll(async () => {
    project = await Project.create();
    url = await breaking.start();
    await project.writeStack("stage", { models: [{ name: model, digest: registry.digest }], registry: url });
  });

  afterAll(async () => {
    breaking.stop();
    await project.remove();
  });

  const stage = () => project.run("npm", ["run", "stage", "-s", "stage"]);

  it("stops with a sentence when the connection breaks", async () => {
    breaking.budget = 60_000_000;
    const { status, stderr } = await stage();
    expect(stderr).toMatch(
      new RegExp(`Downloading ${model} from ${url} stopped: .+; run the command again, it carries on where it stopped`),
    );
    expect(status).toBe(1);
    expect(breaking.sent).toBe(60_000_000);
  });

  it("carries on where it stopped, and verifies everything", async () => {
    breaking.budget = Infinity;
    const { status, output } = await stage();
    expect(output).toContain(`${model} ${registry.digest} is staged: `);
    expect(status).toBe(0);
    const [first, second] = breaking.ranges;
    expect(first).toBeUndefined();
    const offset = Number(/^bytes=(\d+)-$/.exec(second ?? "")?.[1]);
    expect(offset).toBeGreaterThan(55_000_000);
    expect(offset).toBeLessThanOrEqual(60_000_000);
  });

  it("refuses another digest before it downloads anything", async () => {
    const digest = `sha256:${"4".repeat(64)}`;
    await project.writeStack("stage", { models: [{ name: model, digest }], registry: url });
    const { sent } = breaking;
    const { status, stderr } = await stage();
    expect(stderr).toContain(`${url} has ${model} with digest ${registry.digest}, and ${digest} was expected`);
    expect(status).toBe(1);
    expect(breaking.sent).toBe(sent);
  });

  it("goes through the proxy to a registry outside, and to nothing else", async () => {
    const host = "registry.example.org";
    await using proxy = await CountingProxy.start(registry.url, host);
    // Nothing is staged there yet.
    const fresh = await Project.create();
    onTestFinished(() => fresh.remove());
    await fresh.writeStack("stage", {
      models: [{ name: model, digest: registry.digest }],
      registry: `https://${host}`,
    });
    const env = { https_proxy: proxy.url, NO_PROXY: "192.0.2.1, 192.0.2.2", NODE_EXTRA_CA_CERTS: proxy.certificate };
    const { status, output } = await fresh.run("npm", ["run", "stage", "-s", "stage"], { env });
    expect(output).toContain(`${model} ${registry.digest} is staged: `);
    expect(status).toBe(0);
    expect(new Set(proxy.asked)).toEqual(new Set([`${host}:443`]));
  });
});
