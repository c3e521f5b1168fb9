import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { client } from "./support/ruled.ts";
import { answerTo, runningUsher } from "./support/running-usher.ts";
import { json, stubOllama } from "./support/stub-ollama.ts";

const ok = () =>
  stubOllama((response) => {
    json(response, {});
  });

/** A connection with what came back on it so far. */
function connection(port: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
  });
  let received = "";
  let error: string | undefined;
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  socket.on("error", (problem) => (error = problem.message));
  const closed = once(socket, "close");
  return {
    socket,
    closed,
    error: () => error,
    /** Waits until something has come, and returns all of it. */
    until: async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(received) && !socket.closed) await Promise.race([once(socket, "data"), closed]);
      return received;
    },
  };
}

const head = (length: string, more = "") =>
  `POST /api/chat HTTP/1.1\r\nHost: a\r\nX-Gemma-Client: web\r\n${length}${more}\r\n`;
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe("a large body", () => {
  it("gets to Ollama as it is, in pieces of any size", async () => {
    const ollama = await ok();
    const usher = await runningUsher({ ...ollama, maxBody: 32 * 1024 * 1024 });
    const body = JSON.stringify({ model: "gemma3n:e2b", images: ["Ab+/".repeat(1_500_000)], keep_alive: 0 });
    expect((await usher.send("POST", "/api/chat", body)).status).toBe(200);
    const request = usher.begin("POST", "/api/chat");
    for (let at = 0; at < body.length; at += 100_001) request.write(body.slice(at, at + 100_001));
    request.end();
    expect((await answerTo(request)).status).toBe(200);
    const left = body.replace(',"keep_alive":0', "");
    // Compared as wholes: a difference of six megabytes helps nobody.
    expect(ollama.got.map((got) => got.body === left)).toEqual([true, true]);
    expect(ollama.got[1]?.headers["content-length"]).toBe(String(left.length));
  });

  it("waits for memory until another is gone, and holds up nobody with a small one", async () => {
    const ollama = await ok();
    const maxBody = 32 * 1024 * 1024;
    const other = { ...client, name: "other" };
    const usher = await runningUsher({ ...ollama, maxBody, clients: [client, other] });
    // Half of the 64 MiB there are is a client's.
    const first = usher.begin("POST", "/api/chat", { "Content-Length": String(maxBody) });
    first.write('{"a":"');
    const second = usher.begin("POST", "/api/chat", { "Content-Length": "400000", "X-Gemma-Client": "web" });
    second.end(`{"a":"${"x".repeat(399_992)}"}`);
    const answer = answerTo(second);
    expect((await usher.send("POST", "/api/chat", "{}")).status).toBe(200);
    const large = `{"a":"${"y".repeat(399_992)}"}`;
    expect((await usher.send("POST", "/api/chat", large, { "X-Gemma-Client": "other" })).status).toBe(200);
    expect(ollama.got.length).toBe(2);
    first.end(`${"z".repeat(maxBody - 8)}"}`);
    expect((await answerTo(first)).status).toBe(200);
    expect((await answer).status).toBe(200);
    expect(await usher.server.figures.text()).toContain("\nusher_body_bytes 0\n");
  });
});

describe("a body that is too large", () => {
  const limit = { maxBody: 1000 };
  const sentence = { error: "the body has more than 1000 bytes, which is the most that is taken" };

  it("is refused by its length before it comes, and what comes of it is read", async () => {
    const ollama = await ok();
    const usher = await runningUsher({ ...ollama, ...limit });
    const { socket, until, closed, error } = connection(usher.port);
    socket.write(head("Content-Length: 5000000\r\n"));
    const answer = await until(/\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toEqual(sentence);
    // All of it can be sent, and the connection ends in order.
    for (let piece = 0; piece < 50; piece++) socket.write(Buffer.alloc(100_000, "x"));
    await closed;
    expect(error()).toBe(undefined);
    expect(ollama.connections()).toBe(0);
  });

  it("is refused when it has become so, without a length", async () => {
    const ollama = await ok();
    const usher = await runningUsher({ ...ollama, ...limit });
    const { socket, until, closed, error } = connection(usher.port);
    socket.write(head("Transfer-Encoding: chunked\r\n"));
    for (let piece = 0; piece < 11; piece++) socket.write(`64\r\n${piece === 0 ? '{"' : "xx"}${"x".repeat(98)}\r\n`);
    const answer = await until(/\}$/);
    expect([count(answer, /HTTP\/1\.1 /g), answer.slice(0, 12)]).toEqual([1, "HTTP/1.1 413"]);
    socket.write("0\r\n\r\n");
    await closed;
    expect(error()).toBe(undefined);
    expect(await usher.line()).toMatchObject({ status: 413, failure: null, bytes: JSON.stringify(sentence).length });
    expect(ollama.connections()).toBe(0);
  });

  it("may have as many bytes as are allowed", async () => {
    const usher = await runningUsher({ ...(await ok()), ...limit });
    const body = `{"a":"${"x".repeat(992)}"}`;
    expect([body.length, (await usher.send("POST", "/api/chat", body)).status]).toEqual([1000, 200]);
    const longer = await usher.send("POST", "/api/chat", `${body} `);
    expect([longer.status, JSON.parse(longer.body)]).toEqual([413, sentence]);
  });
});

describe("a slow body", () => {
  it("does not get to Ollama, and ends after its time", async () => {
    const ollama = await ok();
    const usher = await runningUsher({ ...ollama, readTimeout: 0.05 });
    const request = usher.begin("POST", "/v1/chat/completions");
    request.write('{"model":');
    const { status, body } = await answerTo(request);
    const message = "the body did not arrive within 0.05 s";
    expect([status, JSON.parse(body)]).toEqual([
      408,
      { error: { message, type: "timeout_error", param: null, code: null } },
    ]);
    request.on("error", () => undefined).destroy();
    expect(await usher.line()).toMatchObject({ status: 408, model: null });
    expect(ollama.connections()).toBe(0);
  });

  it("whose client leaves is written down, and harms nobody", async () => {
    const ollama = await ok();
    const usher = await runningUsher(ollama);
    for (const begun of [
      `${head("Content-Length: 1000\r\n")}{"`,
      `${head("Transfer-Encoding: chunked\r\n")}2\r\n{"\r\n`,
    ]) {
      const { socket, closed } = connection(usher.port);
      socket.write(begun);
      await once(socket, "connect");
      while (usher.server.running === 0) await new Promise(setImmediate);
      socket.destroy();
      await closed;
      while (usher.server.running > 0) await new Promise(setImmediate);
    }
    expect(usher.lines).toMatchObject(Array(2).fill({ status: 499, failure: "left", bytes: 0, first_byte_ms: null }));
    expect((await usher.send("POST", "/api/chat", "{}")).status).toBe(200);
    expect(ollama.connections()).toBe(1);
  });
});

describe("a client that waits to be told to go on", () => {
  const expecting = "Expect: 100-continue\r\n";

  it("is told so once", async () => {
    const ollama = await ok();
    const usher = await runningUsher(ollama);
    const { socket, until } = connection(usher.port);
    socket.write(head("Content-Length: 2\r\n", expecting));
    expect(await until(/\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("{}");
    const all = await until(/\r\n\{\}\r\n0\r\n\r\n$/);
    expect([count(all, /HTTP\/1\.1 100/g), count(all, /HTTP\/1\.1 200/g)]).toEqual([1, 1]);
    expect(ollama.got[0]?.headers["expect"]).toBe(undefined);
  });

  it("is not told so when it is refused, and its connection ends", async () => {
    const usher = await runningUsher({ ...(await ok()), maxBody: 1 });
    const { socket, until, closed, error } = connection(usher.port);
    socket.write(head("Content-Length: 2\r\n", expecting));
    const answer = await until(/\}$/);
    expect([count(answer, /HTTP\/1\.1 /g), answer.slice(0, 12)]).toEqual([1, "HTTP/1.1 413"]);
    expect(answer).toContain("\r\nConnection: close\r\n");
    await closed;
    expect(error()).toBe(undefined);
  });
});

describe("a body that is refused", () => {
  it.each([
    ["", "the body is empty"],
    ["hello", "the body is not a JSON object"],
    ['{"model":"gemma3n:e2b"', "the body ends before its JSON does"],
    ['{"a":1}{"keep_alive":0}', "the body has more after its JSON object"],
    ['{"a":}', "the body is not valid JSON at byte 5"],
    [`{"a":${"[".repeat(2000)}`, "the body nests more than 1000 levels deep"],
  ])("as %j is said to be what it is", async (body, error) => {
    const ollama = await ok();
    const usher = await runningUsher(ollama);
    const answer = await usher.send("POST", "/api/chat", body);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { error }]);
    expect(ollama.connections()).toBe(0);
  });

  it("leaves its connection to the next request", async () => {
    const ollama = await ok();
    const usher = await runningUsher(ollama);
    const { socket, until } = connection(usher.port);
    const get = "GET /api/version HTTP/1.1\r\nHost: a\r\nX-Gemma-Client: web\r\n\r\n";
    socket.write(`${head("Content-Length: 5\r\n")}hello${head("Content-Length: 2\r\n")}{}`);
    await until(/\r\n0\r\n\r\n$/);
    socket.write(get);
    const all = await until(/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200[\s\S]*\r\n0\r\n\r\n$/);
    expect(all.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400", "HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(ollama.got.map(({ line }) => line)).toEqual(["POST /api/chat", "GET /api/version"]);
  });

  it("is answered although most of it has not come, and read to its end", async () => {
    const usher = await runningUsher(await ok());
    const { socket, until, closed, error } = connection(usher.port);
    socket.write(`${head("Content-Length: 900000\r\n")}[`);
    expect(await until(/\}$/)).toMatch(/^HTTP\/1\.1 400 /);
    for (let sent = 1; sent < 900_000; sent += 31) socket.write("x".repeat(Math.min(31, 900_000 - sent)));
    await closed;
    expect(error()).toBe(undefined);
  });
});
