import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A request as the stub got it. */
export interface Got {
  readonly line: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What stands for Ollama. */
export interface StubOllama {
  readonly upstream: string;
  /** Requests in their order. */
  readonly got: readonly Got[];
  /** Connections that were ever opened. */
  readonly connections: () => number;
}

/** Answers every request as the function does, once its body is there. */
export async function stubOllama(
  answer: (response: ServerResponse, request: IncomingMessage) => unknown,
): Promise<StubOllama> {
  const got: Got[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void text(request).then(
      async (body) => {
        got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
        await answer(response, request);
      },
      () => undefined,
    );
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { upstream: `127.0.0.1:${(server.address() as AddressInfo).port}`, got, connections: () => connections };
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" }).end(JSON.stringify(value));
}
