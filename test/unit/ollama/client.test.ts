import { describe, expect, it } from "vitest";
import { OllamaClient } from "../../../ollama/client.ts";
import { nameOf } from "../../../ollama/original-name.ts";
import { waitForServer } from "../../../ollama/wait.ts";
import { deadUrl, fakeServer, type Reply } from "../support/fake-server.ts";
import { failureOf } from "../support/temp-folder.ts";

async function clientOf(reply: Reply) {
  const server = await fakeServer(() => reply);
  return { client: new OllamaClient(server.url), server };
}

const one = "1".repeat(64);
const two = "2".repeat(64);

describe("OllamaClient", () => {
  it.each([
    ["version", (client: OllamaClient) => client.version(), "GET /api/version", ""],
    ["tags", (client: OllamaClient) => client.tags(), "GET /api/tags", ""],
    ["ps", (client: OllamaClient) => client.ps(), "GET /api/ps", ""],
    ["parameters", (client: OllamaClient) => client.parameters("a:b"), "POST /api/show", { model: "a:b" }],
    ["load", (client: OllamaClient) => client.load("a:b"), "POST /api/generate", { model: "a:b", stream: false }],
    [
      "load, to be kept",
      (client: OllamaClient) => client.load("a:b", undefined, "-1s"),
      "POST /api/generate",
      { model: "a:b", stream: false, keep_alive: "-1s" },
    ],
    ["show", (client: OllamaClient) => client.show("a:b"), "POST /api/show", { model: "a:b" }],
    [
      "embed",
      (client: OllamaClient) => client.embed("a:b", ["Hello", "World"]),
      "POST /api/embed",
      { model: "a:b", input: ["Hello", "World"] },
    ],
    [
      "embed, to be kept",
      (client: OllamaClient) => client.embed("a:b", "", undefined, "10m"),
      "POST /api/embed",
      { model: "a:b", input: "", keep_alive: "10m" },
    ],
    [
      "generate with a seed, a picture and no thinking",
      (client: OllamaClient) =>
        client.generate("a:b", "Hello", 7, undefined, { seed: 1, images: ["aW1n"], think: false }),
      "POST /api/generate",
      {
        model: "a:b",
        prompt: "Hello",
        stream: false,
        options: { temperature: 0, num_predict: 7, seed: 1 },
        images: ["aW1n"],
        think: false,
      },
    ],
    [
      "generate",
      (client: OllamaClient) => client.generate("a:b", "Hello", 7),
      "POST /api/generate",
      { model: "a:b", prompt: "Hello", stream: false, options: { temperature: 0, num_predict: 7 } },
    ],
    [
      "copy",
      (client: OllamaClient) => client.copy("a:b", "c:d"),
      "POST /api/copy",
      { source: "a:b", destination: "c:d" },
    ],
    ["delete", (client: OllamaClient) => client.delete("a:b"), "DELETE /api/delete", { model: "a:b" }],
    [
      "create",
      (client: OllamaClient) => client.create("a:b", "c:d", { num_thread: 4 }),
      "POST /api/create",
      { model: "a:b", from: "c:d", parameters: { num_thread: 4 }, stream: false },
    ],
    [
      "pull",
      (client: OllamaClient) => Array.fromAsync(client.pull("a:b")),
      "POST /api/pull",
      { model: "a:b", insecure: false },
    ],
    [
      "pull by plain http",
      (client: OllamaClient) => Array.fromAsync(client.pull("http://127.0.0.1:5000/library/a:b")),
      "POST /api/pull",
      { model: "http://127.0.0.1:5000/library/a:b", insecure: true },
    ],
  ] as const)("sends for %s one request", async (_, call, line, body) => {
    const { client, server } = await clientOf({ body: {} });
    await call(client);
    const sent = body === "" ? "" : JSON.stringify(body);
    expect(server.asked.map((asked) => [`${asked.method} ${asked.path}`, asked.body])).toEqual([[line, sent]]);
    expect(server.asked[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(sent)));
  });

  it.each([
    [{ models: [{ name: "a:b", digest: one }] }, "a:b", `sha256:${one}`],
    [{ models: [{ name: "a:b", digest: one }] }, "a:c", undefined],
    [{ models: null }, "a:b", undefined],
  ])("finds in %j for %s the digest %s", async (body, name, digest) => {
    const { client } = await clientOf({ body });
    expect(await client.digestOf(name)).toBe(digest);
  });

  it.each([
    [
      "its error",
      { status: 500, body: { error: "model requires more system memory" } },
      "500: model requires more system memory",
    ],
    [
      "the error of its runner",
      { status: 400, body: { error: '{"error":{"code":400,"message":"no multimodal requests"}}' } },
      "400: no multimodal requests",
    ],
    ["an error in OpenAI's form", { status: 404, body: { error: { message: "no such model" } } }, "404: no such model"],
    ["an error without a message as it is", { status: 500, body: { error: { code: 1 } } }, '500: {"error":{"code":1}}'],
    ["an error that is nothing as it is", { status: 500, body: { error: null } }, '500: {"error":null}'],
    ["other JSON as it is", { status: 404, body: { detail: 1 } }, '404: {"detail":1}'],
    ["text without the space around it", { status: 502, body: "Bad Gateway\n" }, "502: Bad Gateway"],
    [
      "an error under the status of an answer that had begun",
      { body: { error: "unexpected EOF" } },
      "200: unexpected EOF",
    ],
    ["what is no JSON", { body: "<html>\n" }, "200: <html>"],
    ["what is no object", { body: "null" }, "200: null"],
  ])("tells of a failed request %s", async (_, reply, message) => {
    const { client } = await clientOf(reply);
    expect(await failureOf(client.ps())).toBe(`/api/ps answered ${message}`);
  });

  it.each([
    [{ embeddings: [[0.6, 0.8]] }, [[0.6, 0.8]]],
    [{ embeddings: null }, []],
    [{}, []],
  ])("finds in %j the vectors %j", async (body, vectors) => {
    const { client } = await clientOf({ body });
    expect(await client.embed("a:b", "Paris")).toEqual(vectors);
  });

  it("tells which server ended its answer halfway", async () => {
    const { client, server } = await clientOf({ body: '{"models":', headers: { "content-length": "100" }, cut: true });
    expect(await failureOf(client.ps())).toBe(`${server.url}/api/ps: aborted`);
  });

  it("tells which server does not answer", async () => {
    const url = await deadUrl();
    const address = url.replace("http://", "");
    expect(await failureOf(new OllamaClient(url).tags())).toBe(`${url}/api/tags: connect ECONNREFUSED ${address}`);
  });

  it("reports the progress of a pull line by line", async () => {
    const lines = [{ status: "pulling manifest" }, { status: "pulling", digest: "sha256:1", total: 10, completed: 5 }];
    const { client } = await clientOf({ body: lines.map((line) => `${JSON.stringify(line)}\n`).join("") });
    expect(await Array.fromAsync(client.pull("a:b"))).toEqual(lines);
  });

  it("fails with the error line of a pull", async () => {
    const { client } = await clientOf({ body: '{"status":"pulling manifest"}\n{"error":"file does not exist"}\n' });
    expect(await failureOf(Array.fromAsync(client.pull("a:b")))).toBe("file does not exist");
  });

  it("fails with the error of a pull that is refused", async () => {
    const { client } = await clientOf({ status: 400, body: { error: "invalid model name" } });
    expect(await failureOf(Array.fromAsync(client.pull("a:b")))).toBe("invalid model name");
  });
});

describe("nameOf", () => {
  it.each([
    ["the model's own name", [["a:b", one]], `sha256:${one}`, "a:b"],
    [
      "the pinned name",
      [
        ["a:b", two],
        ["pinned/a:b", one],
      ],
      `sha256:${one}`,
      "pinned/a:b",
    ],
    [
      "the own name before the pinned one",
      [
        ["pinned/a:b", one],
        ["a:b", one],
      ],
      `sha256:${one}`,
      "a:b",
    ],
    ["any digest when none is expected", [["a:b", two]], undefined, "a:b"],
    ["nothing under another digest", [["a:b", two]], `sha256:${one}`, undefined],
    ["nothing under another name", [["a:c", one]], `sha256:${one}`, undefined],
    ["nothing in an empty store", [], undefined, undefined],
  ])("finds %s", async (_, models, digest, name) => {
    const { client } = await clientOf({
      body: { models: models.map(([listed, hex]) => ({ name: listed, digest: hex })) },
    });
    expect(await nameOf(client, "a:b", digest)).toBe(name);
  });
});

describe("waitForServer", () => {
  it("gives the version", async () => {
    const { client } = await clientOf({ body: { version: "0.32.1" } });
    expect(await waitForServer(client, 5)).toBe("0.32.1");
  });

  it("asks again until the server answers", async () => {
    const replies: Reply[] = [{ status: 503, body: "starting" }, { body: { version: "0.32.1" } }];
    const server = await fakeServer(() => replies.shift() ?? {});
    expect(await waitForServer(new OllamaClient(server.url), 5)).toBe("0.32.1");
    expect(server.asked).toHaveLength(2);
  });

  it("fails with the last reason", async () => {
    const { client } = await clientOf({ status: 503, body: "starting" });
    expect(await failureOf(waitForServer(client, 1))).toBe(
      `The server at ${client.url} did not answer in 1 s: /api/version answered 503: starting`,
    );
  });
});
