import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type AddressInfo } from "node:net";
import { BodyBudget } from "./body-budget.ts";
import { Exchange, type Surroundings } from "./exchange.ts";
import { Figures } from "./figures.ts";
import type { Settings } from "./settings.ts";

/** Least memory for large bodies of all requests together, bytes. */
const leastBudget = 64 * 1024 * 1024;

/** How long the listener stays open after the usher was told to stop, so that the edge learns of it before; milliseconds. */
const farewells = {
  longest: 2_500,
  /** Without a connection for so long, nobody is to be expected any more. */
  quiet: 500,
  /** Without a request for so long behind that, none is to be expected on a connection that was kept. */
  idle: 2_500,
};
/** Milliseconds between looks at what is left. */
const lookInterval = 50;

/** Milliseconds for which a connection is kept: much longer than the edge keeps it, so that no request meets its end. */
const keptTime = 600_000;

/** The server that the edge sends requests to. */
export class UsherServer {
  readonly figures: Figures;
  readonly #server: Server;
  readonly #around: Surroundings;
  readonly #budget = new BodyBudget(leastBudget);
  readonly #farewell: typeof farewells;
  #settings: Settings | undefined;
  #stopping = false;
  #connections = 0;
  /** Answers that have not ended. */
  readonly #open = new Set<ServerResponse>();

  constructor(log: (line: string) => void, farewell = farewells) {
    this.#farewell = farewell;
    this.figures = new Figures(() => this.#budget.held);
    this.#around = { budget: this.#budget, figures: this.figures, log };
    this.#server = createServer({
      noDelay: true,
      keepAliveTimeout: keptTime,
      // What a request may take, the settings say.
      requestTimeout: 0,
      connectionsCheckingInterval: 5_000,
    });
    this.#server.on("connection", (socket) => {
      this.#connections++;
      socket.on("close", () => this.#connections--);
    });
    this.#server.on("request", (request, response) => {
      this.#handle(request, response, false);
    });
    this.#server.on("checkContinue", (request, response) => {
      this.#handle(request, response, true);
    });
  }

  /** How many requests are being read or answered. */
  get running(): number {
    return this.#open.size;
  }

  /** Takes other settings for the requests that come from now on. */
  configure(settings: Settings): void {
    this.#settings = settings;
    // Half of it is a client's share, which the largest body has to fit into.
    this.#budget.resize(Math.max(leastBudget, 2 * settings.maxBody));
  }

  /** Listens, and returns the port. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Ends when all is answered, or when that takes longer than the settings say.
   *
   * Connections that nothing runs on are left to the edge at first: it could be sending a request just then.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    const started = performance.now();
    const limit = (this.#settings?.drainTimeout ?? 0) * 1000;
    let lastSeen = started;
    const now = () => performance.now();
    for (const response of this.#open) if (!response.headersSent) response.shouldKeepAlive = false;
    while (now() - started < Math.min(this.#farewell.longest, limit) && now() - lastSeen < this.#farewell.quiet) {
      await pause(lookInterval);
      if (this.#connections > 0) lastSeen = now();
    }
    // Node's own way also closes connections that nothing runs on.
    NetServer.prototype.close.call(this.#server);
    const closed = now();
    while (this.#connections > 0 && now() - started < limit) {
      await pause(lookInterval);
      if (now() - closed > this.#farewell.idle) this.#server.closeIdleConnections();
    }
    this.#server.closeAllConnections();
    // What was running ends by that, in a moment, and is written down.
    while (this.#open.size > 0) await pause(0);
  }

  /** Ends at once, whatever runs. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #handle(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    if (this.#stopping) response.shouldKeepAlive = false;
    response.on("error", () => undefined);
    if (isHealthQuestion(request)) {
      request.resume();
      response.writeHead(this.#stopping ? 503 : 200, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(this.#stopping ? "stopping\n" : "ok\n");
      return;
    }
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
    new Exchange(request, response, expects, this.#settings, this.#around).run().catch((error: unknown) => {
      this.#around.log(JSON.stringify({ time: new Date().toISOString(), error: String(error) }));
      response.destroy();
    });
  }
}

function isHealthQuestion({ url, method }: IncomingMessage): boolean {
  return url === "/healthz" && (method === "GET" || method === "HEAD");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
