import { Agent, request, type IncomingMessage } from "node:http";
import { Failure, reasonOf } from "../support/failure.ts";
import { readLines } from "../support/lines.ts";

/** A model as `/api/tags` lists it. */
export interface ListedModel {
  readonly name: string;
  /** sha256 of the manifest, hexadecimal, without the `sha256:` in front. */
  readonly digest: string;
}

/** A loaded model as `/api/ps` lists it. */
export interface LoadedModel {
  readonly name: string;
  /** Memory it takes, bytes. */
  readonly size: number;
  /** Share of {@link size} that lies on a GPU, bytes. */
  readonly size_vram: number;
  /** Context of each of its requests, tokens; older servers do not tell it. */
  readonly context_length?: number;
}

/** What `/api/show` tells of a model. */
export interface ShownModel {
  /** Parameters as Modelfile lines, for example `num_thread 1`. */
  readonly parameters?: string;
  /** What it can do, for example `completion` and `vision`; older servers do not tell it. */
  readonly capabilities?: readonly string[];
}

/** What a generation may have besides its prompt. */
export interface GenerationExtras {
  readonly seed?: number;
  /** Pictures or sounds as base64. */
  readonly images?: readonly string[];
  /** Whether a model that thinks does so; others are refused with it. */
  readonly think?: boolean;
}

/** A line of the answer to `/api/pull`. */
export interface PullProgress {
  readonly status: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
}

/** The parts of an answer of `/api/generate` that are used here; durations in nanoseconds. */
export interface Generation {
  readonly response: string;
  /** What a model that thinks has thought. */
  readonly thinking?: string;
  readonly eval_count?: number;
  readonly eval_duration?: number;
}

/** What a request may send and how long it may take. */
interface RequestOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A client of Ollama's HTTP interface.
 *
 * Built on node:http because fetch gives up on a server that sends no header for five minutes, and loading a model can take longer.
 */
export class OllamaClient {
  readonly url: string;
  // An agent of its own, because the global one goes through HTTP_PROXY, and the server is on this machine.
  readonly #agent = new Agent();

  constructor(url: string) {
    this.url = url;
  }

  /** Version of the server, for example `0.17.4`. */
  async version(signal?: AbortSignal): Promise<string> {
    const { version } = await this.#json<{ version: string }>("/api/version", { signal });
    return version;
  }

  /** Models in the store. */
  async tags(signal?: AbortSignal): Promise<readonly ListedModel[]> {
    const { models } = await this.#json<{ models: ListedModel[] | null }>("/api/tags", { signal });
    return models ?? [];
  }

  /** `sha256:` digest of a model in the store, undefined when it is not there. */
  async digestOf(name: string): Promise<string | undefined> {
    const model = (await this.tags()).find((listed) => listed.name === name);
    return model && `sha256:${model.digest}`;
  }

  /** Models in memory. */
  async ps(signal?: AbortSignal): Promise<readonly LoadedModel[]> {
    const { models } = await this.#json<{ models: LoadedModel[] | null }>("/api/ps", { signal });
    return models ?? [];
  }

  /** Parameters of a model as Modelfile lines, for example `num_thread 1`. */
  async parameters(model: string): Promise<string> {
    return (await this.show(model)).parameters ?? "";
  }

  /** What the server tells of a model in the store. */
  show(model: string, signal?: AbortSignal): Promise<ShownModel> {
    return this.#json<ShownModel>("/api/show", { method: "POST", body: { model }, signal });
  }

  /**
   * Loads a model without generating; one that makes embeddings alone is refused, and loaded by {@link embed}.
   * @param keepAlive - how long it stays in memory without a request from then on; the server's time when left out
   */
  async load(model: string, signal?: AbortSignal, keepAlive?: string): Promise<void> {
    const body = { model, stream: false, ...kept(keepAlive) };
    await this.#json("/api/generate", { method: "POST", body, signal });
  }

  /**
   * Vectors of some texts, of which an empty one has none; that alone loads the model.
   * @param keepAlive - as in {@link load}
   */
  async embed(
    model: string,
    input: string | readonly string[],
    signal?: AbortSignal,
    keepAlive?: string,
  ): Promise<readonly (readonly number[])[]> {
    const body = { model, input, ...kept(keepAlive) };
    const answer = await this.#json<{ embeddings?: number[][] | null }>("/api/embed", { method: "POST", body, signal });
    return answer.embeddings ?? [];
  }

  /** Generates an answer at temperature 0. */
  async generate(
    model: string,
    prompt: string,
    maxTokens: number,
    signal?: AbortSignal,
    { seed, ...extras }: GenerationExtras = {},
  ): Promise<Generation> {
    const options = { temperature: 0, num_predict: maxTokens, ...(seed === undefined ? {} : { seed }) };
    const body = { model, prompt, stream: false, options, ...extras };
    return this.#json<Generation>("/api/generate", { method: "POST", body, signal });
  }

  /** Gives a model a second name. */
  async copy(source: string, destination: string): Promise<void> {
    await this.#send("/api/copy", { method: "POST", body: { source, destination } });
  }

  /** Removes a name, and the blobs that no other name uses. */
  async delete(model: string): Promise<void> {
    await this.#send("/api/delete", { method: "DELETE", body: { model } });
  }

  /** Creates a model that is another one with some parameters set. */
  async create(model: string, from: string, parameters: object): Promise<void> {
    await this.#json("/api/create", { method: "POST", body: { model, from, parameters, stream: false } });
  }

  /** Pulls a model and reports how far it is; the name may carry a registry, also one with plain http. */
  async *pull(model: string, signal?: AbortSignal): AsyncGenerator<PullProgress> {
    const answer = await this.#request("/api/pull", {
      method: "POST",
      body: { model, insecure: model.startsWith("http://") },
      signal,
    });
    for await (const line of readLines(answer)) {
      const progress = JSON.parse(line) as PullProgress & { error?: string };
      if (progress.error !== undefined) throw new Failure(progress.error);
      yield progress;
    }
  }

  async #json<Answer>(path: string, options?: RequestOptions): Promise<Answer> {
    const text = await this.#send(path, options);
    const answer = parsed(text) as (Answer & { readonly error?: string }) | null | undefined;
    // What fails after an answer has begun is told under the status that it began with.
    if (!answer || answer.error !== undefined) throw new Failure(`${path} answered 200: ${errorText(text)}`);
    return answer;
  }

  async #send(path: string, options: RequestOptions = {}): Promise<string> {
    const answer = await this.#request(path, options);
    const text = await readText(answer).catch((error: unknown) => {
      throw this.#failure(path, error, options.signal);
    });
    if (answer.statusCode !== 200) throw new Failure(`${path} answered ${answer.statusCode}: ${errorText(text)}`);
    return text;
  }

  #request(path: string, { method = "GET", body, signal }: RequestOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const sent = request(
        new URL(path, this.url),
        { agent: this.#agent, method, headers, ...(signal ? { signal } : {}) },
        resolve,
      );
      sent.on("error", (error) => {
        reject(this.#failure(path, error, signal));
      });
      sent.end(text);
    });
  }

  /** What a lost connection is told as; one that was given up stays what it is. */
  #failure(path: string, error: unknown, signal: AbortSignal | undefined): Error {
    return signal?.aborted ? (error as Error) : new Failure(`${this.url}${path}: ${reasonOf(error)}`);
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  return Buffer.concat(await answer.toArray()).toString();
}

/** undefined for a text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The innermost error: Ollama hands on that of its runner as the JSON it got, and OpenAI's form has an object. */
function errorText(text: string): string {
  const error = (parsed(text) as { error?: unknown } | null | undefined)?.error;
  const inner = (error as { message?: unknown } | null | undefined)?.message ?? error;
  return typeof inner === "string" ? errorText(inner) : text.trim();
}

function kept(keepAlive: string | undefined): { readonly keep_alive?: string } {
  return keepAlive === undefined ? {} : { keep_alive: keepAlive };
}
