import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Where requests go, and with which headers of their own. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request; one without a body is a GET. */
export interface LightRequest {
  readonly path: string;
  readonly body?: string | Buffer;
}

/** What came of it; times in milliseconds from when it was sent. */
export interface LightAnswer {
  readonly status: number;
  /** Until the first byte of the answer's body. */
  readonly firstByte: number;
  /** Until the last one. */
  readonly total: number;
  readonly text: string;
}

const headEnd = "\r\n\r\n";
const chunksEnd = "\r\n0\r\n\r\n";

/**
 * A client with one connection that sends one request after another, and costs the machine as little as it can: whatever
 * it takes, the gateway that is measured does not have.
 */
export class LightClient {
  readonly #to: Destination;
  #socket: Socket | undefined;

  constructor(to: Destination) {
    this.#to = to;
  }

  /** Sends a request and reads its answer; on a new connection where the last answer has closed the one before. */
  async ask(request: LightRequest): Promise<LightAnswer> {
    const started = performance.now();
    const socket = (this.#socket ??= await this.#open());
    socket.write(this.#headOf(request));
    if (request.body !== undefined) socket.write(request.body);
    return this.#read(socket, started);
  }

  /** Closes its connection. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const { host, port } = this.#to;
    const socket = connect({ host, port, noDelay: true });
    await once(socket, "connect");
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    return socket;
  }

  #headOf({ path, body }: LightRequest): string {
    const own = Object.entries(this.#to.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
    return [
      `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
      "Host: localhost",
      ...own,
      ...(body === undefined ? [] : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`]),
      headEnd.slice(2),
    ].join("\r\n");
  }

  #read(socket: Socket, started: number): Promise<LightAnswer> {
    return new Promise((resolve, reject) => {
      let text = "";
      let bodyAt = -1;
      let length: number | undefined;
      let firstByte = NaN;
      const onData = (chunk: Buffer) => {
        text += chunk.toString("latin1");
        if (bodyAt === -1) {
          const head = text.indexOf(headEnd);
          if (head === -1) return;
          bodyAt = head + headEnd.length;
          const declared = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, bodyAt))?.[1];
          length = declared === undefined ? undefined : Number(declared);
        }
        if (Number.isNaN(firstByte) && text.length > bodyAt) firstByte = performance.now() - started;
        const ended = length === undefined ? text.endsWith(chunksEnd) : text.length >= bodyAt + length;
        if (ended) settle();
      };
      const onClose = () => {
        socket.off("data", onData);
        reject(new Error(`the connection was closed after ${text.length} bytes: ${text.slice(-200)}`));
      };
      const settle = () => {
        socket.off("data", onData).off("close", onClose);
        const head = text.slice(0, bodyAt);
        if (/\r\nconnection: *close/i.test(head)) this.close();
        const total = performance.now() - started;
        resolve({ status: Number(head.slice(9, 12)), firstByte, total, text: text.slice(bodyAt) });
      };
      socket.on("data", onData).on("close", onClose);
    });
  }
}
