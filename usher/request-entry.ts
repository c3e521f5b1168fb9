import type { AnswerFigures } from "./answer-reader.ts";

/** Why a request did not end as it should. */
export type Failure =
  /** The client left before its answer ended. */
  | "left"
  /** The model server was not there. */
  | "absent"
  /** It ended the connection before its answer had ended. */
  | "broken"
  /** It said in its answer that it failed. */
  | "failed"
  /** The answer took too long. */
  | "timeout";

/** What is written down of a request: no header, query, prompt or answer. */
export class RequestEntry {
  readonly client: string;
  readonly endpoint: string;
  /** The served model that it names. */
  model: string | undefined;
  /** Bytes of the answer. */
  bytes = 0;
  failure: Failure | undefined;
  figures: AnswerFigures = {
    promptTokens: undefined,
    answerTokens: undefined,
    answerSeconds: undefined,
    failed: false,
  };
  firstByteMs: number | undefined;
  durationMs = 0;
  readonly #started = performance.now();

  constructor(client: string, endpoint: string) {
    this.client = client;
    this.endpoint = endpoint;
  }

  /** Notes that so many bytes of the answer are on their way. */
  add(bytes: number): void {
    this.firstByteMs ??= this.#now();
    this.durationMs = this.#now();
    this.bytes += bytes;
  }

  /** Notes the end, unless the last bytes were it: they were not when the client has left. */
  end(left: boolean): void {
    if (left || this.durationMs === 0) this.durationMs = this.#now();
  }

  /** Tokens of the answer per second, undefined when there were too few to tell. */
  get tokensPerSecond(): number | undefined {
    const { answerTokens, answerSeconds } = this.figures;
    const time = answerSeconds ?? (this.durationMs - (this.firstByteMs ?? this.durationMs)) / 1000;
    return answerTokens !== undefined && answerTokens > 1 && time > 0 ? answerTokens / time : undefined;
  }

  /** The line of the log, with the status that the client saw. */
  line(status: number, now: Date): string {
    const { promptTokens, answerTokens } = this.figures;
    return JSON.stringify({
      time: now.toISOString(),
      client: this.client,
      endpoint: this.endpoint,
      model: this.model ?? null,
      status,
      first_byte_ms: rounded(this.firstByteMs),
      duration_ms: rounded(this.durationMs),
      prompt_tokens: promptTokens ?? null,
      answer_tokens: answerTokens ?? null,
      bytes: this.bytes,
      failure: this.failure ?? null,
    });
  }

  #now(): number {
    return performance.now() - this.#started;
  }
}

/** Whole microseconds. */
function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds * 1000) / 1000;
}
