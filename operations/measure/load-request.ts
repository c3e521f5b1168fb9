import { readLines } from "../../support/lines.ts";
import { reasonOf } from "../../support/failure.ts";
import { send, type Service } from "./service.ts";

/** What is asked for, again and again. */
export interface LoadQuestion {
  readonly path: "/api/generate" | "/api/chat";
  readonly model: string;
  readonly answerTokens: number;
  /** Whether the model thinks unless it is told not to. */
  readonly thinks: boolean;
}

/** What was seen of one request; nothing of what was said. Times in milliseconds by the clock of this process. */
export interface Sample {
  readonly began: number;
  readonly ended: number;
  /** Why there was no whole answer. */
  readonly failure?: string;
  /** When each part of the answer came. */
  readonly parts: readonly number[];
  /** Tokens, as the server counts them. */
  readonly answerTokens: number;
  readonly promptTokens: number;
  /** Those of the prompt that the prompt cache had; null where the server does not tell. */
  readonly cachedTokens: number | null;
  /** Milliseconds that the server took to read the prompt, and to load the model. */
  readonly promptTime: number;
  readonly loadTime: number;
}

interface Line {
  readonly response?: string;
  readonly thinking?: string;
  readonly message?: { readonly content?: string; readonly thinking?: string };
  readonly done?: boolean;
  readonly error?: unknown;
  readonly eval_count?: number;
  readonly prompt_eval_count?: number;
  readonly prompt_eval_cached_count?: number;
  readonly prompt_eval_duration?: number;
  readonly load_duration?: number;
}

const none = { parts: [], answerTokens: 0, promptTokens: 0, cachedTokens: null, promptTime: 0, loadTime: 0 };

/** Sends a prompt and watches its answer come; a failure is a sample as well, unless it was the signal's. */
export async function sample(
  service: Service,
  question: LoadQuestion,
  prompt: string,
  signal: AbortSignal,
): Promise<Sample> {
  const began = performance.now();
  const failed = (failure: string): Sample => ({ ...none, began, ended: performance.now(), failure });
  try {
    const body = JSON.stringify(bodyOf(question, prompt));
    const answer = await send(service, { method: "POST", path: question.path, body }, signal);
    if (answer.statusCode !== 200) {
      answer.resume();
      return failed(`status ${answer.statusCode}`);
    }
    const parts: number[] = [];
    let last: Line = {};
    for await (const line of readLines(answer)) {
      last = JSON.parse(line) as Line;
      if (last.error !== undefined) return failed("an error within the answer");
      if (hasText(last)) parts.push(performance.now());
    }
    if (last.done !== true) return failed("the answer ended early");
    return { began, ended: performance.now(), parts, ...counted(last) };
  } catch (error) {
    signal.throwIfAborted();
    return failed(reasonOf(error));
  }
}

function bodyOf({ path, model, answerTokens, thinks }: LoadQuestion, prompt: string): object {
  const said = path === "/api/chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt, raw: true };
  const options = { temperature: 0, num_predict: answerTokens };
  return { model, ...said, stream: true, options, ...(thinks ? { think: false } : {}) };
}

function hasText({ response, thinking, message }: Line): boolean {
  return [response, thinking, message?.content, message?.thinking].some((text) => text !== undefined && text !== "");
}

function counted(line: Line): Omit<Sample, "began" | "ended" | "parts"> {
  return {
    answerTokens: line.eval_count ?? 0,
    promptTokens: line.prompt_eval_count ?? 0,
    cachedTokens: line.prompt_eval_cached_count ?? null,
    promptTime: (line.prompt_eval_duration ?? 0) / 1e6,
    loadTime: (line.load_duration ?? 0) / 1e6,
  };
}
