import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { onTestFinished, vi } from "vitest";
import { UsherServer } from "../../../../usher/server.ts";
import type { Settings } from "../../../../usher/settings.ts";
import { settings as plain } from "./ruled.ts";

// They wait for states, which a machine with much else to do takes its time for.
vi.setConfig({ testTimeout: 60_000 });

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>;

/** An usher on a port of its own. */
export interface RunningUsher {
  readonly server: UsherServer;
  readonly port: number;
  /** Lines of the log in their order. */
  readonly lines: readonly Line[];
  /** Waits until the log has so many lines, and returns the last of these. */
  readonly line: (count?: number) => Promise<Line>;
  /** Begins a request of the client `web`. */
  readonly begin: (method: string, path: string, headers?: Readonly<Record<string, string>>) => ClientRequest;
  /** Sends a request of that client, and waits for all of the answer. */
  readonly send: (
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
}

/** An answer as a whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Starts an usher with these settings, without any for null. */
export async function runningUsher(
  settings: Partial<Settings> | null,
  farewell = { longest: 200, quiet: 50, idle: 60_000 },
): Promise<RunningUsher> {
  const lines: Line[] = [];
  let told: (() => void)[] = [];
  const server = new UsherServer((line) => {
    lines.push(JSON.parse(line) as Line);
    for (const tell of told.splice(0)) tell();
  }, farewell);
  if (settings !== null) server.configure({ ...plain, ...settings });
  const port = await server.listen(0, "127.0.0.1");
  const agent = new Agent({ keepAlive: true });
  onTestFinished(async () => {
    agent.destroy();
    server.close();
    told = [];
    await Promise.resolve();
  });
  const begin: RunningUsher["begin"] = (method, path, headers = {}) =>
    httpRequest({ agent, host: "127.0.0.1", port, method, path, headers: { "X-Gemma-Client": "web", ...headers } });
  return {
    server,
    port,
    lines,
    begin,
    async line(count = 1) {
      while (lines.length < count) await new Promise<void>((resolve) => told.push(resolve));
      return lines[count - 1] ?? {};
    },
    async send(method, path, body, headers) {
      const request = begin(method, path, headers);
      request.end(body);
      return answerTo(request);
    },
  };
}

/** All of the answer to a request. */
export async function answerTo(request: ClientRequest): Promise<Answer> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}
