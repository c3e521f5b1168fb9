import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { TestRegistry } from "./fixtures.ts";

/** A registry in front of the real one that sends only so many bytes of the weights, and then breaks the connection. */
export class BreakingRegistry {
  /** Bytes of weights it still sends. */
  budget = 0;
  /** Range headers of the requests for weights. */
  readonly ranges: (string | undefined)[] = [];
  /** Bytes of weights it has sent. */
  sent = 0;
  readonly #server: Server;

  constructor(registry: TestRegistry) {
    this.#server = createServer((incoming, outgoing) => {
      void (async () => {
        const { range } = incoming.headers;
        const answer = await fetch(new URL(incoming.url ?? "", registry.url), {
          method: incoming.method ?? "GET",
          headers: range ? { range } : {},
        });
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        const weights = incoming.url?.endsWith(registry.weights.digest) && incoming.method === "GET";
        if (weights) this.ranges.push(range);
        for await (const chunk of answer.body === null ? [] : Readable.fromWeb(answer.body)) {
          const bytes = weights ? (chunk as Uint8Array).subarray(0, this.budget) : (chunk as Uint8Array);
          outgoing.write(bytes);
          if (!weights) continue;
          this.budget -= bytes.length;
          this.sent += bytes.length;
          if (this.budget > 0) continue;
          // Lets what was written arrive before the connection ends early.
          outgoing.socket?.end();
          return;
        }
        outgoing.end();
      })();
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
