import { text } from "node:stream/consumers";
import { ask, NotThere } from "./ollama.ts";
import type { Settings } from "./settings.ts";

/** What the usher asks Ollama of its own accord. */
export interface OwnQuestion {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON, empty for none. */
  readonly body: string;
}

/** What went wrong, by the words that the log has for requests too. */
export type OwnFailure = "absent" | "broken" | "failed" | "timeout";

/** Ollama did not answer as it should. */
export class NotAnswered extends Error {
  override readonly name = "NotAnswered";
  readonly failure: OwnFailure;

  constructor(failure: OwnFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** A question that was asked; its answer fails with {@link NotAnswered}. */
export interface OwnAsked {
  readonly answer: Promise<string>;
  cancel(): void;
}

/** Most characters that are told of an error of Ollama's. */
const mostSaid = 300;

/** Asks Ollama once, and has the answer if its status is 200. */
export function askOwn({ method, path, body }: OwnQuestion, { upstream, requestTimeout }: Settings): OwnAsked {
  const content = body === "" ? [] : [Buffer.from(body)];
  const length = String(Buffer.byteLength(body));
  const headers = ["Host", upstream, "Content-Type", "application/json", "Content-Length", length];
  const sent = () => undefined;
  const asked = ask({ upstream, method, path, headers, body: content, holdTimeout: 0, sent });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    asked.cancel();
  }, requestTimeout * 1000);
  const answer = async () => {
    try {
      const got = await asked.answer;
      const said = await text(got);
      if (got.statusCode === 200) return said;
      throw new NotAnswered("failed", `${path} answered ${got.statusCode}: ${said.trim().slice(0, mostSaid)}`);
    } catch (error) {
      if (error instanceof NotAnswered) throw error;
      if (isLate) throw new NotAnswered("timeout", `${path} was not answered within ${requestTimeout} s`);
      throw new NotAnswered(error instanceof NotThere ? "absent" : "broken", `${path}: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    answer: answer(),
    cancel() {
      asked.cancel();
    },
  };
}
