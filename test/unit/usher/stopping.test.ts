import { once } from "node:events";
import { Agent, get, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { answerTo, runningUsher } from "./support/running-usher.ts";
import { json, stubOllama } from "./support/stub-ollama.ts";

const chat = '{"model":"gemma3n:e2b"}';

/** Asks over a connection of its own, which the asker would keep. */
async function ask(port: number, path: string): Promise<{ status: number; connection: string | undefined }> {
  const agent = new Agent({ keepAlive: true });
  const request = get({ agent, host: "127.0.0.1", port, path, headers: { "X-Gemma-Client": "web" } });
  const { status, headers } = await answerTo(request).finally(() => {
    agent.destroy();
  });
  return { status, connection: headers.connection };
}

describe("an usher that is told to stop", () => {
  it("says that it stops, and serves on until the edge has heard of it", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher(ollama, { longest: 60_000, quiet: 300, idle: 60_000 });
    expect(await ask(usher.port, "/healthz")).toEqual({ status: 200, connection: "keep-alive" });
    const stopped = usher.server.stop();
    expect(await ask(usher.port, "/healthz")).toEqual({ status: 503, connection: "close" });
    expect(await ask(usher.port, "/api/version")).toEqual({ status: 200, connection: "close" });
    await stopped;
    await expect(ask(usher.port, "/healthz")).rejects.toThrow("ECONNREFUSED");
  });

  it("ends the answers that run", async () => {
    let answering: ServerResponse | undefined;
    const ollama = await stubOllama((response) => {
      answering = response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      response.write("{}\n");
    });
    const usher = await runningUsher(ollama);
    const request = usher.begin("POST", "/api/chat");
    request.end(chat);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const { socket } = response;
    let isStopped = false;
    const stopped = usher.server.stop().then(() => (isStopped = true));
    while (await isOpen(usher.port)) await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    answering?.end('{"done":true}\n');
    expect(await text(response)).toBe('{}\n{"done":true}\n');
    socket.destroy();
    await stopped;
    expect(usher.lines).toMatchObject([{ status: 200, failure: null }]);
  });

  it("closes the connection of a request that has not been answered yet", async () => {
    let answering: ServerResponse | undefined;
    const asked = Promise.withResolvers<undefined>();
    const ollama = await stubOllama((response) => {
      answering = response;
      asked.resolve(undefined);
    });
    const usher = await runningUsher(ollama);
    const answer = usher.send("POST", "/api/chat", chat);
    await asked.promise;
    const stopped = usher.server.stop();
    answering?.end("{}");
    expect((await answer).headers.connection).toBe("close");
    await stopped;
  });

  it("leaves it to the edge to close a connection that nothing runs on, and answers what comes on it", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher(ollama, { longest: 50, quiet: 50, idle: 60_000 });
    expect((await usher.send("GET", "/api/version")).headers.connection).toBe("keep-alive");
    const stopped = usher.server.stop();
    while (await isOpen(usher.port)) await new Promise(setImmediate);
    const { status, headers } = await usher.send("GET", "/api/version");
    expect([status, headers.connection]).toEqual([200, "close"]);
    await stopped;
    expect(usher.lines.length).toBe(2);
  });

  it("closes such a connection when the edge has had time", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher({ ...ollama, drainTimeout: 60 }, { longest: 50, quiet: 50, idle: 50 });
    expect((await usher.send("GET", "/api/version")).headers.connection).toBe("keep-alive");
    await usher.server.stop();
    await expect(usher.send("GET", "/api/version")).rejects.toThrow("ECONNREFUSED");
  });

  it("ends in time whatever runs", async () => {
    const ollama = await stubOllama((response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" }).write("{}\n");
    });
    const usher = await runningUsher({ ...ollama, drainTimeout: 0.1 });
    const request = usher.begin("POST", "/api/chat");
    request.end(chat);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const all = text(response);
    const cut = expect(all).rejects.toThrow("aborted");
    await usher.server.stop();
    await cut;
  });
});

/** Whether something listens. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const outcome = await Promise.race([
    once(socket, "connect").then(
      () => true,
      () => false,
    ),
  ]);
  socket.destroy();
  return outcome;
}
