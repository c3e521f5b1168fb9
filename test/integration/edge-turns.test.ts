import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeClient, serverOf } from "../support/edge-client.ts";
import { startEdge, testClient, type TestEdge } from "../support/edge.ts";
import { docker } from "../support/shell.ts";

let edge: TestEdge;
const clients = new Map<string, EdgeClient>();

const policy = {
  clients: [
    testClient("hog"),
    testClient("good"),
    testClient("first", { priority: 1 }),
    testClient("narrow", { maxParallel: 1, maxQueue: 1 }),
  ],
};

beforeAll(async () => {
  edge = await startEdge({ policy });
});

afterAll(async () => {
  for (const client of clients.values()) client.close();
  await edge[Symbol.asyncDispose]();
});

function by(name: string): EdgeClient {
  const client = clients.get(name) ?? new EdgeClient(edge.url, `${name}-token`);
  clients.set(name, client);
  return client;
}

/** Has the server answer after a while, milliseconds. */
const slowly = (delay: number, more = {}) => ({ headers: { "x-test-delay": String(delay), ...more } });

const asked = (command: string) =>
  docker("exec", edge.container, "sh", "-c", `echo '@1 ${command}' | nc 127.0.0.1 9999`);

/** How many requests there are in a backend. */
async function requestsIn(backend: string): Promise<number> {
  const lines = (await asked(`show stat ${backend} 2 -1`)).split("\n");
  return Number(lines.find((line) => line.includes("BACKEND"))?.split(",")[4]);
}

/** How many requests of a client's that take a slot are at the edge. */
async function generationsOf(name: string): Promise<number> {
  const table = await asked("show table generations");
  return Number(new RegExp(`key=${name} .*conn_cur=(\\d+)`).exec(table)?.[1] ?? 0);
}

describe("a client that asks for much", () => {
  it("does not keep another one waiting for longer than until a slot is free", async () => {
    let answered = 0;
    const hog = Array.from({ length: 200 }, async () => {
      const { status } = await by("hog").send(slowly(50));
      answered += 1;
      return status;
    });
    await expect.poll(() => requestsIn("lanes")).toBeGreaterThan(100);
    for (let request = 1; request <= 10; request += 1) {
      const before = answered;
      expect(serverOf(await by("good").send(slowly(50)))).toBe(edge.servers[0]);
      // Those that were being answered when it came, and those that were meanwhile in the other three slots.
      expect(answered - before).toBeLessThanOrEqual(12);
    }
    expect(answered).toBeLessThan(200);
    expect([...new Set(await Promise.all(hog))]).toEqual([200]);
  });

  it("gets its share while others ask for little", async () => {
    let running = true;
    const small = ["good", "first", "narrow"].map(async (name) => {
      while (running) await by(name).send(slowly(50));
    });
    const hog = Array.from({ length: 20 }, () => by("hog").send(slowly(50)));
    expect([...new Set((await Promise.all(hog)).map(({ status }) => status))]).toEqual([200]);
    running = false;
    await Promise.all(small);
  });

  it("passes its lane by while it has no more requests than slots, where it may have all of them", async () => {
    const few = Array.from({ length: 4 }, () => by("good").send(slowly(500)));
    await expect.poll(() => requestsIn("generating")).toBe(4);
    expect(await requestsIn("lanes")).toBe(0);
    const more = [by("good").send(slowly(50)), by("narrow").send(slowly(50))];
    await expect.poll(() => requestsIn("lanes")).toBe(2);
    expect(new Set((await Promise.all([...few, ...more])).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("has no more answered at once than it may", async () => {
    const started = performance.now();
    const both = await Promise.all([by("narrow").send(slowly(200)), by("narrow").send(slowly(200))]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(400);
  });

  it("is told to come back when as many wait as may, and can look meanwhile", async () => {
    const both = [by("narrow").send(slowly(600)), by("narrow").send(slowly(600))];
    await expect.poll(() => requestsIn("lanes")).toBe(2);
    const third = await by("narrow").send();
    expect([third.status, third.headers["retry-after"], third.text]).toEqual([
      429,
      "5",
      '{"error":"too many requests at once; try again later"}',
    ]);
    const openai = await by("narrow").send({ path: "/v1/chat/completions" });
    const error = { message: "too many requests at once; try again later", type: "rate_limit_error" };
    expect(JSON.parse(openai.text)).toEqual({ error: { ...error, param: null, code: null } });
    expect((await by("narrow").send({ method: "GET", path: "/api/tags" })).status).toBe(200);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe("a client with a higher priority", () => {
  it("is served before those that came earlier", async () => {
    const order: string[] = [];
    const ask = async (name: string, delay: number) => {
      await by(name).send(slowly(delay));
      order.push(name);
    };
    const full = Array.from({ length: 4 }, () => ask("hog", 1_500));
    await expect.poll(() => requestsIn("generating")).toBe(4);
    const earlier = Array.from({ length: 4 }, () => ask("good", 300));
    await expect.poll(() => requestsIn("generating")).toBe(8);
    await Promise.all([ask("first", 1), ...full, ...earlier]);
    expect(order.indexOf("first")).toBeLessThan(order.indexOf("good"));
  });
});

describe("wrong tokens", () => {
  it("are all refused, and keep nobody from an answer", async () => {
    const wrong = new EdgeClient(edge.url, "wrong");
    const refused: number[] = [];
    const flood = Array.from({ length: 50 }, async () => {
      for (let request = 0; request < 20; request += 1) refused.push((await wrong.send()).status);
    });
    const good: string[] = [];
    const asking = async () => {
      while (good.length < 20) good.push(serverOf(await by("good").send()));
    };
    await Promise.all([...flood, asking()]);
    expect(refused).toEqual(Array.from({ length: 1_000 }, () => 401));
    expect(good).toEqual(Array.from({ length: 20 }, () => edge.servers[0]));
    wrong.close();
  });
});

describe("a body that is slow to come", () => {
  beforeAll(async () => {
    await edge.configure({ policy, settings: { readTimeout: 1, slots: 1 } });
    // What is connected still is so with the worker from before.
    for (const client of clients.values()) client.close();
    clients.clear();
  });

  it.each(["hog", "narrow"])("takes no slot of %s, and is told that it is", async (name) => {
    const stalled = by(name).send({ path: "/v1/completions", headers: { "Content-Length": 100 } });
    await expect.poll(() => generationsOf(name)).toBe(1);
    expect(serverOf(await by("good").send())).toBe(edge.servers[0]);
    expect(await generationsOf(name)).toBe(1);
    const { status, text } = await stalled;
    const error = { message: "the request was not sent in time; see gateway.readTimeout" };
    expect(JSON.parse(text)).toEqual({ error: { ...error, type: "invalid_request_error", param: null, code: null } });
    expect(status).toBe(408);
  });

  it("is not what a server is that thinks for longer", async () => {
    expect(serverOf(await by("good").send(slowly(1_500)))).toBe(edge.servers[0]);
  });
});
