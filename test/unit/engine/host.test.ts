import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { gatherHost } from "../../../engine/host.ts";
import { fakeEngine } from "../support/fake-engine.ts";

const labels = { "io.chatgemma.stack": "gemma/dev", "io.chatgemma.state": "0123" };
const address = "127.0.0.1";

/** A port of loopback that this test listens on for as long as it runs. */
async function takenPort(): Promise<number> {
  const server = createServer().listen({ host: address, port: 0 });
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

/** An engine with one running container that publishes a port. */
function engineWith(container: { name?: string; labels?: object; ip?: string; port: number; usage?: number }): string {
  const { name = "/web", labels: own = {}, ip = address, port, usage = 0 } = container;
  const Ports = [{ IP: ip, PublicPort: port, PrivatePort: 80, Type: "tcp" }];
  return fakeEngine("engine-1", "/var/lib/docker", {
    "/containers/json": [{ Id: "c1", Names: [name], Labels: own, Ports }],
    "/containers/c1/stats?stream=false&one-shot=true": { memory_stats: { usage } },
  });
}

describe("the host of an engine", () => {
  it("has the CPUs, the memory and the control groups that the engine tells, and free memory", async () => {
    const { cpus, memory = 0, ...told } = await gatherHost(fakeEngine(), { labels, place: undefined });
    expect(cpus).toBe(4);
    expect(told).toMatchObject({ memoryTotal: 32 * 1024 ** 3, cgroupVersion: "2" });
    expect(memory > 0).toBe(true);
  });

  it("has the memory of the stack's own containers, as it comes back, and not of others'", async () => {
    const usage = 2 ** 60;
    const own = await gatherHost(engineWith({ labels, port: 1, usage }), { labels, place: undefined });
    const others = await gatherHost(engineWith({ port: 1, usage }), { labels, place: undefined });
    expect([(own.memory ?? 0) > usage, (others.memory ?? 0) > usage]).toEqual([true, false]);
  });

  it.each(["0.0.0.0", address])("publishes where a container of its own does, on %s", async (ip) => {
    const port = await takenPort();
    const place = { address, port };
    expect((await gatherHost(engineWith({ labels, ip, port }), { labels, place })).port).toBe("ours");
  });

  it("takes a container that the provider named before there were labels for its own", async () => {
    const port = await takenPort();
    const engine = engineWith({ name: "/ollama-container-0a1b2c3", port });
    expect((await gatherHost(engine, { labels, place: { address, port } })).port).toBe("ours");
  });

  it("does not take the container of another stack for its own", async () => {
    const port = await takenPort();
    const other = { ...labels, "io.chatgemma.stack": "gemma/other" };
    const engine = engineWith({ name: "/ollama-container-0a1b2c3", labels: other, port });
    expect(await gatherHost(engine, { labels, place: { address, port } })).toMatchObject({
      port: "taken",
      holder: "ollama-container-0a1b2c3",
    });
  });

  it("names another container that publishes there", async () => {
    const port = await takenPort();
    expect(await gatherHost(engineWith({ port }), { labels, place: { address, port } })).toMatchObject({
      port: "taken",
      holder: "web",
    });
  });

  it("knows a port that another program has", async () => {
    const port = await takenPort();
    const host = await gatherHost(fakeEngine(), { labels, place: { address, port } });
    expect([host.port, host.holder]).toEqual(["taken", undefined]);
  });

  it("knows an address that is not here, and a port that is free", async () => {
    const at = async (place: { address: string; port: number }) =>
      (await gatherHost(fakeEngine(), { labels, place })).port;
    expect(await at({ address: "192.0.2.1", port: 0 })).toBe("foreign");
    expect(await at({ address, port: 0 })).toBe("free");
  });

  it("is unknown where the engine does not answer", async () => {
    const { cpus, port } = await gatherHost("unix:///nowhere.sock", { labels, place: undefined });
    expect([cpus, port]).toEqual([undefined, "free"]);
  });
});
