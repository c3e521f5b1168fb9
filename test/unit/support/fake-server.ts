import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { freePort } from "../../support/free-port.ts";

/** A request as a fake server got it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a fake server answers; an object is sent as JSON, "silence" never ends the answer. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
  readonly silence?: boolean;
  /** Cuts the connection after the body, of which the headers promise more. */
  readonly cut?: boolean;
}

/** A server on loopback that lasts as long as the running test. */
export interface FakeServer {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** Starts a fake server on any free port. */
export async function fakeServer(answer: (asked: Asked) => Reply): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = Buffer.concat((await incoming.toArray()) as Buffer[]).toString();
      const { method = "", url: path = "", headers } = incoming;
      const request = { method, path, headers, body };
      asked.push(request);
      const reply = answer(request);
      if (reply.silence) return;
      outgoing.writeHead(reply.status ?? 200, { ...reply.headers });
      const content = bytesOf(reply.body ?? "");
      if (!reply.cut) {
        outgoing.end(content);
        return;
      }
      outgoing.write(content);
      // Late enough for the client to have used what came.
      await sleep(200);
      outgoing.destroy();
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** URL of a port on loopback that nothing listens on. */
export async function deadUrl(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

function bytesOf(body: string | Uint8Array | object): string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
}
