import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { must } from "./shell.ts";

/** A proxy that leads every host to one registry, which speaks TLS under a name of its own there, and notes who is asked for. */
export class CountingProxy implements AsyncDisposable {
  /** `host:port` of each tunnel. */
  readonly asked: string[] = [];
  /** File with the certificate of the registry. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #servers: readonly Server[];

  private constructor(folder: string, registry: Server) {
    this.#folder = folder;
    this.certificate = join(folder, "certificate.pem");
    const proxy = createServer((_, answer) => answer.writeHead(400).end()).on("connect", ({ url = "" }, client) => {
      this.asked.push(url);
      const tunnel = connect(portOf(registry), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(tunnel).pipe(client);
      });
      for (const socket of [client, tunnel]) socket.on("error", () => undefined);
    });
    this.#servers = [proxy, registry];
  }

  static async start(registry: string, name: string): Promise<CountingProxy> {
    const folder = await mkdtemp(join(tmpdir(), "gemma-proxy-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    await must("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", certificate]);
    const server = createTlsServer(
      { key: await readFile(key), cert: await readFile(certificate) },
      (incoming, outgoing) => {
        void (async () => {
          const { method = "GET", url = "", headers } = incoming;
          const wanted = new Headers(headers.range === undefined ? {} : { range: headers.range });
          const answer = await fetch(new URL(url, registry), { method, headers: wanted });
          outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
          if (answer.body === null) outgoing.end();
          else Readable.fromWeb(answer.body).pipe(outgoing);
        })();
      },
    );
    const proxy = new CountingProxy(folder, server);
    for (const one of proxy.#servers) await once(one.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#servers[0])}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    await rm(this.#folder, { recursive: true });
  }
}

function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo).port;
}
