import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { startRelay } from "../../../ollama/relay.ts";
import { fakeRegistry, requestLines } from "../support/fake-registry.ts";
import type { FakeServer } from "../support/fake-server.ts";
import { contentOf, testModel } from "../support/model.ts";
import { failureOf } from "../support/temp-folder.ts";

const { name, weights, digest, text } = testModel;
const repository = "/v2/library/gemma3n";
const blob = `${repository}/blobs/${weights.digest}`;
const manifest = `${repository}/manifests/e4b`;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks without touching the path, as fetch would. */
async function ask(host: string, path: string, { method = "GET", headers = {} }: Question = {}): Promise<Answer> {
  const [hostname = "", port = ""] = host.split(":");
  const sent = request({ host: hostname, port, path, method, headers, agent: false }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const body = Buffer.concat((await answer.toArray()) as Buffer[]);
  return { status: answer.statusCode, headers: answer.headers, body };
}

async function relayTo(registry: FakeServer): Promise<string> {
  const relay = await startRelay(registry.url, name, "127.0.0.1");
  onTestFinished(() => {
    relay[Symbol.dispose]();
  });
  return relay.host;
}

describe("startRelay", () => {
  it.each([
    ["GET", "/v2/"],
    ["GET", "/v2/library/gemma3/manifests/4b"],
    ["GET", "/v2/library/gemma3n-private/manifests/e4b"],
    ["GET", "/v2/_catalog"],
    ["GET", "/"],
    ["GET", `${repository}/../gemma3/manifests/4b`],
    ["GET", `${repository}/%2e%2e/gemma3/manifests/4b`],
    ["PUT", manifest],
    ["POST", `${repository}/blobs/uploads/`],
    ["DELETE", manifest],
  ])("refuses %s %s and does not ask the registry", async (method, path) => {
    const registry = await fakeRegistry();
    expect((await ask(await relayTo(registry), path, { method })).status).toBe(403);
    expect(requestLines(registry)).toEqual([]);
  });

  it("passes the manifest on with the headers that matter", async () => {
    const registry = await fakeRegistry();
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const answer = await ask(await relayTo(registry), manifest, { headers: { accept, authorization: "Bearer x" } });
    expect([answer.status, answer.body.toString()]).toEqual([200, text]);
    expect(answer.headers).toMatchObject({ "content-type": accept, "docker-content-digest": digest });
    expect(answer.headers).not.toHaveProperty("x-other");
    expect(requestLines(registry)).toEqual([`GET ${manifest}`]);
    expect(registry.asked[0]?.headers).toMatchObject({ accept, "accept-encoding": "identity" });
    expect(registry.asked[0]?.headers).not.toHaveProperty("authorization");
  });

  it("redirects a whole blob to itself under another spelling of its address", async () => {
    const registry = await fakeRegistry();
    const host = await relayTo(registry);
    const { status, headers } = await ask(host, blob);
    expect([status, headers.location]).toEqual([307, `http://[::ffff:127.0.0.1]:${host.split(":")[1] ?? ""}${blob}`]);
    expect(requestLines(registry)).toEqual([]);
  });

  it("passes a range of a blob on", async () => {
    const registry = await fakeRegistry();
    const answer = await ask(await relayTo(registry), blob, { headers: { range: "bytes=4990-" } });
    expect([answer.status, answer.body]).toEqual([206, contentOf(weights).subarray(4990)]);
    expect(answer.headers["content-range"]).toBe("bytes 4990-4999/5000");
    expect(requestLines(registry)).toEqual([`GET ${blob} bytes=4990-`]);
  });

  it("passes the length of a blob on", async () => {
    const registry = await fakeRegistry();
    const answer = await ask(await relayTo(registry), blob, { method: "HEAD" });
    expect([answer.status, answer.headers["content-length"], answer.body.length]).toEqual([200, "5000", 0]);
    expect(requestLines(registry)).toEqual([`HEAD ${blob}`]);
  });

  it("passes the registry's refusal on", async () => {
    const registry = await fakeRegistry(() => ({ status: 404 }));
    expect((await ask(await relayTo(registry), manifest)).status).toBe(404);
  });

  it("cuts the connection when the registry does", async () => {
    const registry = await fakeRegistry(() => ({ headers: { "content-length": "100" }, body: "x", cut: true }));
    expect(await failureOf(ask(await relayTo(registry), manifest))).toBe("aborted");
  });

  it("stops listening when it is disposed of", async () => {
    const relay = await startRelay("http://127.0.0.1:9", name, "127.0.0.1");
    relay[Symbol.dispose]();
    expect(await failureOf(ask(relay.host, "/"))).toBe(`connect ECONNREFUSED ${relay.host}`);
  });

  it("says that this machine lacks the gateway's address", async () => {
    expect(await failureOf(startRelay("https://registry.example", name, "192.0.2.1"))).toBe(
      "https://registry.example is read through this machine, which cannot listen on 192.0.2.1 for the container: " +
        "listen EADDRNOTAVAIL: address not available 192.0.2.1. Pull on a machine that runs the Docker engine itself, " +
        "or use delivery embedded.",
    );
  });
});
