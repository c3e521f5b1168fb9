import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that {@link HttpStandIn} got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A server on loopback that answers by path, with 404 for others, and remembers what it was asked. */
export interface HttpStandIn extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Waits until it has been asked. */
  readonly asked: () => Promise<Received>;
}

/** Starts one. */
export async function httpStandIn(
  answers: Readonly<Record<string, { readonly status: number; readonly body?: unknown }>>,
): Promise<HttpStandIn> {
  const received: Received[] = [];
  const first = Promise.withResolvers<Received>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url: path = "", headers } = incoming;
      const request = { method, path, authorization: headers.authorization, body: Buffer.concat(chunks).toString() };
      received.push(request);
      first.resolve(request);
      const { status, body = {} } = answers[path] ?? { status: 404 };
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    asked: () => first.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
