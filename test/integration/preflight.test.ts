import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkHost, type Needs, type Wanted } from "../../offline/preflight/checks.ts";
import { gatherFigures } from "../../offline/preflight/figures-facts.ts";
import { gatherFacts, type Question } from "../../offline/preflight/facts.ts";
import { haproxyImage, registryImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { docker } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const question = async (): Promise<Question> => ({
  dataFolder: join(tmpdir(), "gemma-preflight", "not", "there"),
  address: "127.0.0.1",
  port: await freePort(),
  furtherPorts: {},
  labels: { "io.chatgemma.stack": "gemma/prod" },
  certificate: null,
});

const needs: Needs = {
  memoryBytes: 0,
  modelBytes: 1,
  gpus: { kind: "none" },
  address: "127.0.0.1",
  port: 0,
  engineBytes: 1,
  containerdBytes: 1,
  dataBytes: 1,
  certificate: null,
  created: "2026-01-01T00:00:00.000Z",
};

const little = { bytes: 1, inodes: 1, keptBytes: 1, thereBytes: 0 };
const wanted: Wanted = {
  missing: { engine: little, containerd: little, data: little },
  growth: null,
  hostProcesses: true,
  memory: 1,
};

describe("the preflight on this host", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("finds out what Docker says", async () => {
    const facts = await gatherFacts(await question());
    expect(facts.docker).toMatchObject({
      failure: null,
      version: await docker("info", "--format", "{{.ServerVersion}}"),
      storageDriver: await docker("info", "--format", "{{.Driver}}"),
      rootFolder: await docker("info", "--format", "{{.DockerRootDir}}"),
      cgroupDriver: await docker("info", "--format", "{{.CgroupDriver}}"),
    });
    expect(facts.imageSpace?.free).toBeGreaterThan(0);
    expect(facts.volumeSpace?.folder).toBe(`${await docker("info", "--format", "{{.DockerRootDir}}")}/volumes`);
    expect(facts.volumeSpace?.free).toBeGreaterThan(0);
    expect(facts.dataSpace?.free).toBeGreaterThan(0);
    expect(facts.host).toMatchObject({ platform: "linux", architecture: "x64" });
    expect(facts.host.memoryAvailable).toBeLessThan(facts.host.memoryTotal ?? 0);
    expect(facts.host.cpuFlags).toContain("sse2");
    expect(facts.port).toEqual({ state: "free", holder: null });
    expect(facts.networks?.taken.map(({ name }) => name)).toContain("bridge");
    expect(facts.networks?.routes.map(({ device }) => device)).not.toContain("docker0");
    expect(checkHost(facts, needs, wanted).filter(({ status }) => status === "blocking")).toEqual([]);
  });

  it("finds a port taken by another program", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const facts = await gatherFacts({ ...(await question()), port, furtherPorts: { "monitoring.port": port } });
    server.close();
    expect(facts.port).toEqual({ state: "taken", holder: null });
    expect(facts.furtherPorts).toEqual({ "monitoring.port": { port, state: "taken", holder: null } });
  });

  it.each([
    ["somebody else's from the same image", [], false],
    ["ours", ["--label", "io.chatgemma.stack=gemma/prod"], true],
  ])("finds a port taken by a container, %s", async (_, label, ours) => {
    const asked = await question();
    const id = await docker("run", "-d", "-p", `127.0.0.1:${asked.port}:5000`, ...label, registryImage);
    try {
      const name = (await docker("inspect", "--format", "{{.Name}}", id)).slice(1);
      const { port } = await gatherFacts({ ...asked, address: "0.0.0.0" });
      expect(port).toEqual({ state: "taken", holder: { id, name, ours } });
    } finally {
      await removeContainer(id);
    }
  });

  it("finds the figures of the stack's Prometheus, and no other's", async () => {
    const name = uniqueName("prometheus-container");
    const volume = uniqueName("gemma-figures");
    const label = ["--label", `io.chatgemma.stack=${name}`];
    const write = ["--user", "0", "--entrypoint", "sh", haproxyImage, "-c", "head -c 3000000 /dev/zero > /data/block"];
    try {
      await docker("run", "--name", name, ...label, "--volume", `${volume}:/data`, ...write);
      expect(await gatherFigures({ "io.chatgemma.stack": "gemma/other" })).toBe(0);
      const figures = await gatherFigures({ "io.chatgemma.stack": name });
      expect(figures).toBeGreaterThanOrEqual(3_000_000);
      expect(figures).toBeLessThan(3_100_000);
    } finally {
      await removeContainer(name);
      await docker("volume", "rm", volume);
    }
  });

  it.each([
    ["192.0.2.1", 0, "foreign"],
    ["localhost", 0, "unknown"],
    ["127.0.0.1", 70000, "unknown"],
    ["127.0.0.1", 0, "free"],
  ])("finds %s:%s %s", async (address, port, state) => {
    const facts = await gatherFacts({ ...(await question()), address, port });
    expect(facts.port).toEqual({ state, holder: null });
  });

  it("says so when Docker does not answer", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nonexistent");
    const facts = await gatherFacts(await question());
    expect(facts.docker.failure).toContain("unix:///nonexistent");
    expect(facts).toMatchObject({ docker: { version: null, imageFolder: null, runtimes: [] }, imageSpace: null });
    expect(checkHost(facts, needs, wanted).find(({ name }) => name === "Docker")).toMatchObject({
      status: "blocking",
      advice: "start it with `systemctl start docker`, or correct DOCKER_HOST",
    });
  });

  it("says so when there is no Docker", async () => {
    vi.stubEnv("PATH", "/nonexistent");
    expect((await gatherFacts(await question())).docker.failure).toBe("the program docker was not found");
  });
});
