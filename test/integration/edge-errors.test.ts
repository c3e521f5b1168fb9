import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorsPath, insidePort } from "../../edge/layout.ts";
import { EdgeClient, type Wanted } from "../support/edge-client.ts";
import { startEdge, testClient, tokenOf, type TestEdge } from "../support/edge.ts";
import { docker } from "../support/shell.ts";

/** One client that is refused by what it may, one by how much, and one by when its token has ended. */
const policy = {
  clients: [
    testClient("web"),
    testClient("narrow", { maxParallel: 1, maxQueue: 0 }),
    testClient("late", { tokens: [tokenOf(lateToken(), 1)] }),
  ],
};

/** As `gateway-token` makes them: it says whose it is. */
function lateToken(): string {
  return Buffer.from("late.1:secret").toString("base64");
}

let edge: TestEdge;
const clients: EdgeClient[] = [];

beforeAll(async () => {
  edge = await startEdge({ policy });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await edge[Symbol.asyncDispose]();
});

async function send(token: string, wanted: Wanted = {}): Promise<number> {
  const client = new EdgeClient(edge.url, token);
  clients.push(client);
  return (await client.send(wanted)).status;
}

/** Figures of errors as `client status: count`, in the order of their names. */
async function errors(): Promise<readonly string[]> {
  const url = `http://127.0.0.1:${insidePort}${errorsPath}`;
  const text = await docker("exec", edge.container, "wget", "-q", "-O", "-", url);
  const found = text.matchAll(/^edge_errors_total\{client="([^"]+)",status="(\d+)"\} (\d+)$/gm);
  return [...found].map(([, client, status, count]) => `${client} ${status}: ${count}`).toSorted();
}

const none = ["(none) 401: 0", "(unknown) 401: 0", "late 429: 0", "narrow 429: 0", "web 429: 0"];

describe("the edge's figures of errors", () => {
  it("begin with 0, so that the first refusal is seen as one", async () => {
    expect(await errors()).toEqual(none);
  });

  it("count what a client was refused with, by the edge and from behind it, and no answer that is none", async () => {
    const held = send("narrow-token", { headers: { "x-test-delay": "1000" } });
    const busy = () => send("narrow-token");
    await expect.poll(busy).toBe(429);
    expect([await busy(), await busy()]).toEqual([429, 429]);
    expect(await send("web-token", { path: "/api/embed" })).toBe(403);
    expect(await send("web-token", { headers: { "x-test-status": "404" } })).toBe(404);
    expect(await send("web-token", { headers: { "x-test-status": "500" } })).toBe(500);
    expect(await send("web-token")).toBe(200);
    expect(await held).toBe(200);
    expect(await errors()).toEqual([
      ...["(none) 401: 0", "(unknown) 401: 0", "late 429: 0", "narrow 429: 3"],
      ...["web 403: 1", "web 404: 1", "web 429: 0", "web 500: 1"],
    ]);
  });

  it("tell a token that has ended from one that is not known, and that from none", async () => {
    expect(await send(lateToken())).toBe(401);
    expect([await send("wrong"), await send("wrong")]).toEqual([401, 401]);
    expect((await fetch(`${edge.url}/api/tags`)).status).toBe(401);
    expect(await errors()).toEqual(
      expect.arrayContaining(["(none) 401: 1", "(unknown) 401: 2", "late 401: 1", "late 429: 0"]),
    );
  });

  it("do not count whoever leaves while waiting", async () => {
    const before = await errors();
    const leaving = fetch(`${edge.url}/api/chat`, {
      method: "POST",
      headers: { Authorization: "Bearer narrow-token", "x-test-delay": "60000" },
      body: "{}",
      signal: AbortSignal.timeout(500),
    });
    await expect(leaving).rejects.toThrow("aborted due to timeout");
    // Its place is free when the edge has seen it go.
    const after: number[] = [];
    await expect
      .poll(async () => {
        after.push(await send("narrow-token"));
        return after.at(-1);
      })
      .toBe(200);
    const refused = 3 + after.filter((status) => status === 429).length;
    expect(await errors()).toEqual(before.map((line) => line.replace("narrow 429: 3", `narrow 429: ${refused}`)));
  });

  it("are of clients that come while it runs, too", async () => {
    await edge.configure({ policy: { clients: [...policy.clients, testClient("new")] } });
    expect(await errors()).toContain("new 429: 0");
  });
});
