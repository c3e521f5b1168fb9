import { wrongInEmbedding, wrongInText } from "./judge-text.ts";
import type { LoadedModel, Probed } from "./observation.ts";
import type { WatchedModel } from "./settings.ts";

/** Tokens of an answer to the watcher. */
const fewTokens = 8;

/** Continued by any model; what the text says does not matter. */
const question = "The capital of France is";

interface Asked {
  readonly models?: readonly (LoadedModel & { readonly size_vram?: number; readonly expires_at?: string })[];
}

/** Ollama's own interface, as far as the watcher asks it. */
export class Ollama {
  readonly #url: string;

  constructor(server: string) {
    this.#url = `http://${server}`;
  }

  async answers(signal: AbortSignal): Promise<boolean> {
    return this.#get("/api/version", signal).then(
      () => true,
      () => false,
    );
  }

  /** Names of the models that it has; undefined when it does not tell. */
  async models(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const told = await this.#get("/api/tags", signal).catch(() => undefined);
    return told?.models?.map(({ name }) => name);
  }

  /** Models in memory; undefined when it does not tell. */
  async loaded(signal: AbortSignal): Promise<readonly (LoadedModel & { readonly leaves: number })[] | undefined> {
    const told = await this.#get("/api/ps", signal).catch(() => undefined);
    return told?.models?.map(({ name, size, size_vram: vram = 0, expires_at: expires }) => ({
      name,
      size,
      vram,
      leaves: Date.parse(expires ?? ""),
    }));
  }

  /** Asks a model for a few tokens; `keepAlive` is what would be without the question. */
  async ask({ name, embeds }: WatchedModel, keepAlive: string, signal: AbortSignal): Promise<Probed> {
    const path = embeds ? "/api/embed" : "/api/generate";
    const asked = embeds
      ? { input: question }
      : { prompt: question, raw: true, stream: false, options: { temperature: 0, num_predict: fewTokens } };
    try {
      const answer = await this.#post(path, { model: name, keep_alive: keepAlive, ...asked }, signal);
      if (answer.status === 503) return { model: name, result: "busy", detail: "the server is busy" };
      if (!answer.ok) return { model: name, result: "failed", detail: `a question got status ${answer.status}` };
      const wrong = judged(await answer.json());
      return { model: name, result: wrong === undefined ? "right" : "wrong", detail: wrong ?? "" };
    } catch (error) {
      return { model: name, result: "failed", detail: `a question got no answer: ${reasonOf(error)}` };
    }
  }

  /** Has it let go of a model, as far as nobody waits for an answer. */
  async unload({ name, embeds }: WatchedModel, signal: AbortSignal): Promise<void> {
    const body = embeds ? { model: name, input: [], keep_alive: 0 } : { model: name, keep_alive: 0 };
    await this.#post(embeds ? "/api/embed" : "/api/generate", body, signal).catch(() => undefined);
  }

  async #get(path: string, signal: AbortSignal): Promise<Asked> {
    const answer = await fetch(`${this.#url}${path}`, { signal });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json()) as Asked;
  }

  #post(path: string, body: object, signal: AbortSignal): Promise<Response> {
    const headers = { "Content-Type": "application/json" };
    return fetch(`${this.#url}${path}`, { method: "POST", headers, body: JSON.stringify(body), signal });
  }
}

function judged(answer: unknown): string | undefined {
  const { response = "", thinking = "", eval_count: tokens = 0, embeddings } = answer as Answer;
  return embeddings === undefined ? wrongInText(response + thinking, tokens) : wrongInEmbedding(embeddings[0] ?? []);
}

interface Answer {
  readonly response?: string;
  readonly thinking?: string;
  readonly eval_count?: number;
  readonly embeddings?: readonly (readonly (number | null)[])[];
}

/** Node says what was wrong with a connection in the cause. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  return cause?.code ?? name;
}
