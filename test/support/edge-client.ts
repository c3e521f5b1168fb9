import { Agent, request as requestHttp, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { Agent as TlsAgent, request as requestHttps } from "node:https";
import { Load } from "./load.ts";

/** A request of a test's client. */
export interface Wanted {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Called when the first of an answer's body arrives. */
  readonly arrived?: () => void;
}

/** What came of it. */
export interface Answer {
  /** 0 when there was none, or not all of it. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All of it, or why there is not. */
  readonly text: string;
}

/** A client of an edge, which keeps its connections and sends nothing twice. */
export class EdgeClient {
  readonly #url: string;
  readonly #headers: OutgoingHttpHeaders;
  readonly #agent: Agent;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = { Authorization: `Bearer ${token}` };
    const options = { keepAlive: true, maxSockets: 1_000 };
    this.#agent = url.startsWith("https:")
      ? new TlsAgent({ ...options, rejectUnauthorized: false })
      : new Agent(options);
  }

  /** Sends a request. */
  async send({
    method = "POST",
    path = "/api/chat",
    headers = {},
    body = "{}",
    arrived,
  }: Wanted = {}): Promise<Answer> {
    const request = this.#url.startsWith("https:") ? requestHttps : requestHttp;
    const sent = method === "GET" ? "" : body;
    const all = { ...this.#headers, "Content-Length": Buffer.byteLength(sent), ...headers };
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => {
        resolve({ status: 0, headers: {}, text: error.code ?? error.message });
      };
      const outgoing = request(this.#url, { method, path, agent: this.#agent, headers: all }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        if (arrived !== undefined) answer.once("data", arrived);
        answer.on("data", (chunk: string) => (text += chunk));
        answer.on("error", failed);
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      });
      outgoing.on("error", failed);
      outgoing.end(sent);
    });
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Name of the server that gave an answer; the whole answer where none did. */
export function serverOf({ status, text }: Answer): string {
  if (status !== 200) return `${status} ${text}`;
  const lines = text.trimEnd().split("\n");
  return (JSON.parse(lines.at(-1) ?? "") as { server: string }).server;
}

/** What clients saw who asked without a pause while some work was done: how often each server answered, and what else came. */
export async function askingMeanwhile(clients: number, ask: () => Promise<string>, work: () => Promise<void>) {
  const load = new Load(clients, ask);
  await load.round();
  try {
    await work();
    await load.round();
  } finally {
    await load.stop();
  }
  return Object.groupBy(load.results, (result) => result);
}
