import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Failure, reasonOf } from "../support/failure.ts";
import { Registry } from "./registry.ts";

/** A running relay: the host and port under which a container reaches the registry. */
export interface Relay extends Disposable {
  readonly host: string;
}

/**
 * Lets the containers of one Docker network read one model from a registry, through this machine, while it is pulled.
 *
 * A registry on this machine's loopback, behind its proxy, or with a certificate of its own authority is out of a container's reach.
 * And Ollama downloads only from registries that redirect every blob to another host, as its own library does; one that
 * serves blobs itself fails with "no Location header in response" (server/download.go, 0.17 to 0.32).
 * @param gateway - this machine's address in the container's network
 * @throws Failure when this machine has no such address, as with Docker Desktop
 */
export async function startRelay(registry: string, model: string, gateway: string): Promise<Relay> {
  const readable = `/v2/${Registry.repository(model)}/`;
  const server = createServer((incoming, outgoing) => {
    const { method = "" } = incoming;
    // Resolved first, so that dots and escapes cannot lead out of the model's repository.
    const url = URL.canParse(incoming.url ?? "", registry) ? new URL(incoming.url ?? "", registry).pathname : "";
    const allowed = url.startsWith(readable) && ["GET", "HEAD"].includes(method);
    if (!allowed) outgoing.writeHead(403).end();
    else if (method === "GET" && url.includes("/blobs/") && incoming.headers.range === undefined)
      redirect(url, outgoing);
    else void forward(new URL(url, registry), incoming, outgoing);
  });
  server.listen(0, gateway);
  await once(server, "listening").catch((error: unknown) => {
    throw new Failure(
      `${registry} is read through this machine, which cannot listen on ${gateway} for the container: ${reasonOf(error)}. ` +
        "Pull on a machine that runs the Docker engine itself, or use delivery embedded.",
    );
  });
  const { port } = server.address() as AddressInfo;
  // The same address spelled as IPv6 is another host to Ollama.
  const redirect = (url: string, outgoing: ServerResponse) => {
    outgoing.writeHead(307, { location: `http://[::ffff:${gateway}]:${port}${url}` }).end();
  };
  return {
    host: `${gateway}:${port}`,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const passedOn = ["content-type", "content-length", "content-range", "docker-content-digest"];

async function forward(url: URL, { method, headers }: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const { accept, range } = headers;
    const answer = await fetch(url, {
      method: method ?? "GET",
      // Identity, because a decompressed answer no longer has the length that the registry announces.
      headers: { "accept-encoding": "identity", ...(accept ? { accept } : {}), ...(range ? { range } : {}) },
    });
    const known = passedOn.flatMap((name) =>
      answer.headers.has(name) ? [[name, answer.headers.get(name) ?? ""] as const] : [],
    );
    outgoing.writeHead(answer.status, Object.fromEntries(known));
    if (answer.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(answer.body), outgoing);
  } catch {
    // The server sees its connection cut, retries, and reports when it gives up.
    outgoing.destroy();
  }
}
