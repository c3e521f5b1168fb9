import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";

/** A request as Ollama gets it. */
export interface Question {
  readonly upstream: string;
  readonly method: string;
  readonly path: string;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: readonly Buffer[];
  /** Seconds for which it waits for an Ollama that is not there. */
  readonly holdTimeout: number;
  /** Called when the body is on its way and needs no memory any more. */
  readonly sent: () => void;
}

/** Ollama cannot be reached, and has not seen anything of the request. */
export class NotThere extends Error {
  override readonly name = "NotThere";
}

/** Ollama had the request, and ended the connection. */
export class BrokenOff extends Error {
  override readonly name = "BrokenOff";
}

/** Milliseconds in which a connection has to be there, and between two attempts. */
const connectLimit = 5_000;
const pause = 500;

/**
 * Connections to Ollama, which are kept for the next request.
 *
 * Not for long: whoever waits for a server without connections should not wait for these.
 */
export const connections = new Agent({ keepAlive: true, maxFreeSockets: 256, timeout: 2_000, scheduling: "lifo" });

/** A question that was asked: its answer, and the way to take it back. */
export interface Asked {
  readonly answer: Promise<IncomingMessage>;
  /** Ends it at once; Ollama stops then. */
  cancel(): void;
}

/**
 * Asks Ollama, once it is there. What it has seen is asked a second time only where it has no body, when a kept connection
 * turns out to be closed.
 */
export function ask(question: Question): Asked {
  const end = Date.now() + question.holdTimeout * 1000;
  let current: ClientRequest | undefined;
  let isCancelled = false;
  // The body is gone once it was sent.
  let isSent = false;
  let mayRepeat = question.body.length === 0;
  const noted = {
    ...question,
    sent: () => {
      isSent = true;
      question.sent();
    },
  };
  const mayWait = () => !isCancelled && !isSent && Date.now() + pause < end;
  const attempt = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      let isConnected = false;
      const asked = (current = start(noted, () => {
        isConnected = true;
      }));
      const again = () => {
        if (isCancelled) reject(new NotThere("the request was taken back"));
        else attempt().then(resolve, reject);
      };
      asked.on("response", resolve);
      asked.on("error", (error) => {
        if (!isConnected) {
          if (mayWait()) setTimeout(again, pause);
          else reject(new NotThere(error.message));
        } else if (asked.reusedSocket && mayRepeat) {
          mayRepeat = false;
          again();
        } else reject(new BrokenOff(error.message));
      });
    });
  return {
    answer: attempt(),
    cancel() {
      isCancelled = true;
      mayRepeat = false;
      current?.destroy();
    },
  };
}

function start({ upstream, method, path, headers, body, sent }: Question, connected: () => void): ClientRequest {
  const colon = upstream.lastIndexOf(":");
  const asked = httpRequest({
    agent: connections,
    host: upstream.slice(0, colon).replace(/^\[|\]$/g, ""),
    port: upstream.slice(colon + 1),
    method,
    path,
    headers,
  });
  asked.on("socket", (socket) => {
    if (!socket.connecting) {
      connected();
      return;
    }
    const timer = setTimeout(() => asked.destroy(new Error(`no connection to ${upstream} in time`)), connectLimit);
    socket.once("connect", () => {
      clearTimeout(timer);
      connected();
    });
    socket.once("close", () => {
      clearTimeout(timer);
    });
  });
  asked.on("finish", sent);
  send(asked, body);
  return asked;
}

/** Sends a body piece by piece: as a whole, a large one would keep the others waiting. */
function send(asked: ClientRequest, body: readonly Buffer[]): void {
  let next = 0;
  const go = () => {
    for (let chunk = body[next]; chunk !== undefined; chunk = body[next]) {
      next++;
      if (!asked.write(chunk)) {
        asked.once("drain", go);
        return;
      }
    }
    asked.end();
  };
  go();
}
