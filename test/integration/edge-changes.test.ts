import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseWorkers } from "../../edge/workers.ts";
import { answersLeft, configureEdge, forgetServer, holdRequests } from "../../engine/edge-admin.ts";
import { askingMeanwhile, EdgeClient, serverOf } from "../support/edge-client.ts";
import { edgeConfiguration, startEdge, testClient, tokenOf, type EdgeChange, type TestEdge } from "../support/edge.ts";
import { removeContainer } from "../support/fixtures.ts";
import { docker } from "../support/shell.ts";

/** How often each change is made while clients ask. */
const changes = Number(process.env["EDGE_CHANGES"] ?? 2);
const clients = 16;

let edge: TestEdge;
let client: EdgeClient;

beforeAll(async () => {
  edge = await startEdge();
  client = new EdgeClient(edge.url, "web-token");
});

afterEach(() => edge.configure());

afterAll(async () => {
  client.close();
  await edge[Symbol.asyncDispose]();
});

const ask = async () => serverOf(await client.send({ headers: { "x-test-lines": "4" } }));
const only = (server: string) => ({ [server]: expect.any(Array) as unknown[] });

/** Makes changes one after another while clients ask. */
const meanwhile = (change: (index: number) => Promise<void>) =>
  askingMeanwhile(clients, ask, async () => {
    for (let index = 1; index <= changes; index += 1) await change(index);
  });

describe("an edge loses no request", () => {
  it("while tokens rotate, and knows the new one and the old one for as long as it may", async () => {
    const seen = await meanwhile((index) => {
      const tokens = [tokenOf(`web-${index}`), tokenOf("web-token", Math.floor(Date.now() / 1000) + 600)];
      return edge.configure({ policy: { clients: [testClient("web", { tokens })] } });
    });
    expect(seen).toEqual(only(edge.servers[0]));
    const asked = await new EdgeClient(edge.url, `web-${changes}`).send();
    const gone = await new EdgeClient(edge.url, `web-${changes - 1}`).send();
    expect([asked.status, gone.status]).toEqual([200, 401]);
  });

  it("while clients come and go", async () => {
    const [web, other] = [testClient("web"), testClient("other")];
    const seen = await meanwhile(async (index) => {
      await edge.configure({ policy: { clients: index % 2 === 1 ? [web, other] : [web] } });
      const { status } = await new EdgeClient(edge.url, "other-token").send();
      expect(status).toBe(index % 2 === 1 ? 200 : 401);
    });
    expect(seen).toEqual(only(edge.servers[0]));
  });

  it("while another server takes over, and the old one is killed when it has no answer to give", async () => {
    const seen = await meanwhile(async (index) => {
      const [next = "", old = ""] = index % 2 === 1 ? edge.servers.toReversed() : edge.servers;
      await edge.configure({ server: next });
      await expect.poll(() => answersLeft(edge.container, old), { timeout: 20_000 }).toBe(0);
      await forgetServer(edge.container, old);
      await docker("kill", old);
      await docker("start", old);
    });
    expect(seen).toEqual({ ...only(edge.servers[0]), ...only(edge.servers[1]) });
  });

  it("while the server is made anew, for which requests wait", async () => {
    const [server] = edge.servers;
    const seen = await meanwhile(async () => {
      expect(await holdRequests(edge.container, server)).toBe(true);
      await expect.poll(() => answersLeft(edge.container, server), { timeout: 20_000 }).toBe(0);
      await removeContainer(server);
      await edge.startServer(server);
      await edge.configure();
    });
    expect(seen).toEqual(only(server));
  });

  it("while its static configuration changes, nor is a stream cut that is longer than the change", async () => {
    const stream = client.send({ headers: { "x-test-lines": "300", "x-test-pause": "10" } });
    const seen = await meanwhile((index) => edge.configure({ settings: { maxBody: 1 + index } }));
    expect(seen).toEqual(only(edge.servers[0]));
    const { status, text } = await stream;
    expect([status, text.split("\n").length]).toEqual([200, 301]);
  });
});

describe("an edge with an Ollama beside the usher", () => {
  it.each([
    { method: "GET", path: "/api/tags", asks: "ollama" },
    { method: "HEAD", path: "/v1/models", body: "", asks: "ollama" },
    { method: "HEAD", path: "/api/tags", body: "{}", asks: "usher" },
    { method: "GET", path: "/v1/models/tiny:1", asks: "usher" },
    { method: "POST", path: "/api/chat", asks: "usher" },
  ])("asks for $method $path the right one of them", async ({ asks, ...request }) => {
    const [usher, ollama] = edge.servers;
    await edge.configure({ server: usher, ollama });
    const other = asks === "usher" ? ollama : usher;
    // What is connected still may be so with a worker from before a reload, which asks by way of the usher.
    const fresh = new EdgeClient(edge.url, "web-token");
    await docker("pause", other);
    try {
      expect((await fresh.send(request)).status).toBe(200);
    } finally {
      await docker("unpause", other);
      fresh.close();
    }
  });

  it("says of an Ollama too that it does not find it", async () => {
    const [server] = edge.servers;
    await expect(edge.configure({ server, ollama: "no-ollama" })).rejects.toThrow(
      `The gateway finds no container by the name ${server} or no-ollama`,
    );
    expect(await ask()).toBe(server);
  });

  it("asks once more where a kept connection has ended", async () => {
    const look = { method: "GET", path: "/api/tags" };
    expect((await client.send(look)).status).toBe(200);
    await docker("kill", edge.servers[0]);
    const waits = client.send(look);
    await docker("start", edge.servers[0]);
    expect((await waits).status).toBe(200);
  });
});

describe("an edge without a server", () => {
  it("lets requests wait that begin when the server is gone, and sends them to another one before a reload", async () => {
    const [server] = edge.servers;
    await docker("kill", server);
    const before = [client.send(), client.send({ method: "GET", path: "/api/tags" })];
    await configureEdge(edge.container, edgeConfiguration(edge.servers[1], { settings: { maxBody: 9 } }));
    expect((await Promise.all(before)).map(serverOf)).toEqual([edge.servers[1], edge.servers[1]]);
    await docker("start", server);
  });

  it("does not hold requests that go to another one", async () => {
    expect(await holdRequests(edge.container, edge.servers[1])).toBe(false);
    expect(await ask()).toBe(edge.servers[0]);
  });
});

async function restart(): Promise<void> {
  await docker("kill", edge.container);
  await docker("start", edge.container);
}

describe("an edge that starts again", () => {
  it("knows what it was told last", async () => {
    const change: EdgeChange = { policy: { clients: [testClient("late")] }, server: edge.servers[1] };
    await edge.configure(change);
    await restart();
    const late = new EdgeClient(edge.url, "late-token");
    await expect.poll(async () => serverOf(await late.send()), { timeout: 20_000 }).toBe(edge.servers[1]);
    expect((await client.send()).status).toBe(401);
  });

  it("holds requests still when it held them", async () => {
    await holdRequests(edge.container, edge.servers[0]);
    await restart();
    await expect.poll(async () => (await client.send({ method: "GET", path: "/healthz" })).status).toBe(200);
    const waiting = client.send();
    await edge.configure();
    expect(serverOf(await waiting)).toBe(edge.servers[0]);
  });
});

describe("an edge whose worker dies", () => {
  it("ends, so that Docker starts it again, with what it was told last", async () => {
    const workers = await docker("exec", edge.container, "sh", "-c", "echo show proc | nc 127.0.0.1 9999");
    const [worker = 0] = parseWorkers(workers);
    await docker("exec", edge.container, "sh", "-c", `kill -9 ${worker}`);
    expect(await docker("wait", edge.container)).toBe("137");
    await docker("start", edge.container);
    await expect.poll(ask, { timeout: 20_000 }).toBe(edge.servers[0]);
  });
});

describe("an edge that is told something impossible", () => {
  it("says why in HAProxy's words, goes on with what it has, and starts with it again", async () => {
    const wrong = edge.configure({ settings: { tls: true }, certificate: "no certificate\n" });
    await expect(wrong).rejects.toThrow(/^The gateway did not take its configuration: .*certificate\.pem/);
    expect(await ask()).toBe(edge.servers[0]);
    await restart();
    await expect.poll(ask, { timeout: 20_000 }).toBe(edge.servers[0]);
  });

  it("says which server it does not find", async () => {
    await expect(edge.configure({ server: "nobody-of-that-name" })).rejects.toThrow(
      "The gateway finds no container by the name nobody-of-that-name",
    );
    expect(await ask()).toBe(edge.servers[0]);
  });
});
