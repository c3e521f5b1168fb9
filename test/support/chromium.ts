import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A page in a Chromium of this test, driven by the browser's own protocol. */
export class ChromiumPage implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #close: () => Promise<void>;
  readonly #events: Message[] = [];
  readonly #waiting = new Map<number, (message: Message) => void>();
  #last = 0;

  private constructor(socket: WebSocket, close: () => Promise<void>) {
    this.#socket = socket;
    this.#close = close;
    socket.addEventListener("message", ({ data }) => {
      this.#take(JSON.parse(data as string) as Message);
    });
  }

  /** Starts a browser with one empty page. */
  static async open(): Promise<ChromiumPage> {
    const folder = mkdtempSync(join(tmpdir(), "gemma-chromium-"));
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0"];
    const browser = spawn("chromium", [...options, `--user-data-dir=${folder}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const close = async () => {
      const closed = once(browser, "close");
      browser.kill("SIGKILL");
      await closed;
      rmSync(folder, { recursive: true, maxRetries: 10 });
    };
    const address = await listening(browser.stderr);
    const [page] = (await (await fetch(`http://${address}/json/list`)).json()) as [{ webSocketDebuggerUrl: string }];
    const socket = new WebSocket(page.webSocketDebuggerUrl);
    await once(socket, "open");
    return new ChromiumPage(socket, close);
  }

  /** Opens an address, up to where all of it is loaded. */
  async go(url: string): Promise<void> {
    const before = this.events("Page.loadEventFired").length;
    await this.send("Page.navigate", { url });
    while (this.events("Page.loadEventFired").length === before) await once(this.#socket, "message");
  }

  /** What happened in the page, by the names of the protocol. */
  events(method: string): Record<string, unknown>[] {
    return this.#events.filter((event) => event.method === method).map(({ params }) => params ?? {});
  }

  /** Forgets what has happened so far. */
  forget(): void {
    this.#events.length = 0;
  }

  /** Sends a command of the protocol. */
  async send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** What an expression is within the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return (answer["result"] as { value?: unknown }).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#close();
  }

  #take(message: Message): void {
    if (message.id === undefined) this.#events.push(message);
    else this.#waiting.get(message.id)?.(message);
  }
}

async function listening(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const address = /^DevTools listening on ws:\/\/([^/]+)/.exec(line)?.[1];
    if (address === undefined) continue;
    // A full pipe would stop the browser.
    stderr.resume();
    return address;
  }
  throw new Error("Chromium ended before it listened");
}
