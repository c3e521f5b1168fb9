import { answerKeys } from "./answer-keys.ts";
import type { Member, ObjectFound } from "./json-found.ts";
import { JsonScan } from "./json-scan.ts";

/** What an answer says of itself. */
export interface AnswerFigures {
  promptTokens: number | undefined;
  answerTokens: number | undefined;
  /** Seconds for which the tokens of the answer were made, as the model server measured them. */
  answerSeconds: number | undefined;
  /** Whether it has an error in it, whatever its status is. */
  failed: boolean;
}

/** How an answer is made up: one object, one a line, or one an event. */
type Form = "object" | "lines" | "events";

const forms: Readonly<Record<string, Form>> = {
  "application/json": "object",
  "application/x-ndjson": "lines",
  "text/event-stream": "events",
};

const lineFeed = 0x0a;
const dataField = Buffer.from("data:");

/** Reads the figures of an answer that passes by, and keeps nothing of its text. */
export class AnswerReader {
  readonly figures: AnswerFigures = {
    promptTokens: undefined,
    answerTokens: undefined,
    answerSeconds: undefined,
    failed: false,
  };
  readonly form: Form | undefined;
  readonly #scan = new JsonScan(answerKeys);
  /** Whether the rest of the line is of no interest. */
  #skipping = false;
  /** Bytes of the line that were read. */
  #length = 0;
  /** How the line begins. */
  #start = "";
  #hasLastEvent = false;

  constructor(contentType: string | undefined) {
    this.form = forms[(contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""];
  }

  /** Whether it comes a piece at a time. */
  get isStream(): boolean {
    return this.form === "lines" || this.form === "events";
  }

  /** Whether the answer could end here: not within a line. */
  get betweenLines(): boolean {
    return this.#length === 0;
  }

  /** Whether a stream of events has ended without the one that is its last: Ollama has failed, and did not say so. */
  get endedEarly(): boolean {
    return this.form === "events" && !this.#hasLastEvent && !this.figures.failed;
  }

  write(chunk: Buffer): void {
    if (this.form === undefined) return;
    if (this.form === "object") {
      this.#read(chunk);
      return;
    }
    // Most chunks are whole lines with a piece of the answer each.
    if (this.#length === 0 && chunk.at(-1) === lineFeed && !marks.test(chunk.toString("latin1"))) return;
    let at = 0;
    while (at < chunk.length) {
      const found = chunk.indexOf(lineFeed, at);
      const end = found === -1 ? chunk.length : found;
      const line = chunk.subarray(at, end);
      at = end + 1;
      this.#readLine(line);
      if (found !== -1) this.#endLine();
    }
  }

  /** Ends the answer. */
  end(): AnswerFigures {
    this.#endLine();
    return this.figures;
  }

  #readLine(part: Buffer): void {
    let at = 0;
    if (this.#start.length <= longestLast) this.#start += part.toString("latin1", 0, longestLast + 1);
    // Of an event only the data is JSON.
    while (this.form === "events" && !this.#skipping && this.#length + at < dataField.length && at < part.length) {
      if (part[at] !== dataField[this.#length + at]) this.#skipping = true;
      at++;
    }
    this.#length += part.length;
    if (at < part.length) this.#read(part.subarray(at));
  }

  #read(bytes: Uint8Array): void {
    if (this.#skipping) return;
    try {
      this.#scan.write(bytes);
    } catch {
      this.#skipping = true;
    }
  }

  #endLine(): void {
    const found = this.#skipping ? undefined : this.#scan.found;
    if (found !== undefined) this.#take(found);
    if (this.form === "events") this.#hasLastEvent ||= lastEvents.has(this.#start.trimEnd());
    this.#start = "";
    this.#scan.reset();
    this.#skipping = false;
    this.#length = 0;
  }

  #take(found: ObjectFound): void {
    const { figures } = this;
    let prompt: number | undefined;
    // Anthropic's API counts apart what was known already.
    let cached = 0;
    for (const member of found.members) {
      if (member.name === "error") figures.failed ||= member.kind !== "null";
      else if (member.inner !== undefined) this.#take(member.inner);
      else {
        const number = numberOf(member);
        if (number === undefined) continue;
        if (prompts.has(member.name)) prompt = number;
        else if (member.name === "cache_read_input_tokens") cached = number;
        else if (member.name === "eval_duration") figures.answerSeconds = number / 1e9;
        else if (answers.has(member.name)) figures.answerTokens = number;
      }
    }
    if (prompt !== undefined) figures.promptTokens = prompt + cached;
  }
}

/** Lines of which one is in the last event of OpenAI's streams and of Anthropic's. */
const lastEvents: ReadonlySet<string> = new Set([
  "data: [DONE]",
  "event: message_stop",
  "event: response.completed",
  "event: response.incomplete",
  "event: response.failed",
]);
const longestLast = 32;

/** What is in every line with figures, an error or the end of a stream. */
const marks = /_count"|usage"|error"|^data: \[DONE\]|^event: (message_stop|response\.)/m;

const prompts: ReadonlySet<string> = new Set(["prompt_eval_count", "prompt_tokens", "input_tokens"]);
const answers: ReadonlySet<string> = new Set(["eval_count", "completion_tokens", "output_tokens"]);

function numberOf({ kind, text }: Member): number | undefined {
  const number = kind === "number" ? Number(text ?? NaN) : NaN;
  return Number.isFinite(number) ? number : undefined;
}
