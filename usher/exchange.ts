import type { IncomingMessage, ServerResponse } from "node:http";
import type { BodyBudget } from "./body-budget.ts";
import { edited } from "./edits.ts";
import { endpointOf, isKnown, modelInPath, takesForm } from "./endpoints.ts";
import { hasOpenAiErrors } from "./error-shape.ts";
import type { Figures } from "./figures.ts";
import { FormScan, boundaryOf } from "./form-scan.ts";
import { requestHeaders } from "./headers.ts";
import { JsonScan } from "./json-scan.ts";
import { ask, type Asked } from "./ollama.ts";
import { BodyReceiver, ClientGone, type BodyScan } from "./receive-body.ts";
import { Disturbance, Refusal } from "./refusal.ts";
import { Reply } from "./reply.ts";
import { RequestEntry } from "./request-entry.ts";
import { requestKeys } from "./request-keys.ts";
import { ruleOn, servedModel } from "./request-rules.ts";
import type { ClientSettings, Settings } from "./settings.ts";

/** Header with which the edge says whose request it is. */
const clientHeader = "x-gemma-client";

/** What all requests share. */
export interface Surroundings {
  readonly budget: BodyBudget;
  readonly figures: Figures;
  /** Writes a line of the log. */
  readonly log: (line: string) => void;
}

/** One request, from its arrival to the end of its answer. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #around: Surroundings;
  readonly #settings: Settings | undefined;
  readonly #client: ClientSettings | undefined;
  readonly #path: string;
  /** The client waits for a word before it sends the body. */
  readonly #expects: boolean;
  readonly #entry: RequestEntry;
  readonly #reply: Reply;
  #asked: Asked | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    expects: boolean,
    settings: Settings | undefined,
    around: Surroundings,
  ) {
    this.#request = request;
    this.#response = response;
    this.#expects = expects;
    this.#settings = settings;
    this.#around = around;
    this.#path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    this.#client = settings?.clients.find(({ name }) => name === request.headers[clientHeader]);
    this.#entry = new RequestEntry(this.#client?.name ?? "unknown", endpointOf(this.#path));
    this.#reply = new Reply(request, response, this.#path, this.#entry);
  }

  /** Answers, whatever happens. */
  async run(): Promise<void> {
    const { log, figures } = this.#around;
    figures.begin(this.#entry.client);
    this.#reply.whenOver((status) => {
      if (status === 499) this.#asked?.cancel();
      log(this.#entry.line(status, new Date()));
      figures.end(this.#entry, status);
    });
    try {
      await this.#serve();
    } catch (error) {
      if (error instanceof Disturbance) figures.disturbed(this.#entry.client, [error.key], "refused");
      if (this.#reply.fail(error)) log(JSON.stringify({ time: new Date().toISOString(), error: String(error) }));
    }
  }

  async #serve(): Promise<void> {
    const { method, headers } = this.#request;
    if (!headers[clientHeader]) throw new Refusal(400, "the request did not come through the edge");
    if (this.#settings === undefined) throw new Refusal(503, "the usher has no settings yet; try again later", 5);
    if (this.#client === undefined) throw new Refusal(403, "the client is not known here");
    // What a path of another spelling is, Ollama would say, and the rules below would not hold for it.
    if (!isKnown(this.#path)) throw new Refusal(404, "the path is not known here");
    if (method === "GET" || method === "HEAD") await this.#serveWithoutBody(this.#client, this.#settings);
    else if (method === "POST") await this.#serveBody(this.#client, this.#settings);
    else throw new Refusal(405, "the method is not GET, HEAD or POST");
  }

  async #serveWithoutBody(client: ClientSettings, settings: Settings): Promise<void> {
    const named = modelInPath(this.#path);
    if (named !== undefined) this.#entry.model = servedModel(named, client, settings);
    // If there is one after all, it means nothing, and is not to stand in the way of the next request.
    this.#request.resume();
    const headers = requestHeaders(this.#request, settings.upstream, undefined);
    await this.#answer(settings, headers, [], false, () => undefined);
  }

  /** Ollama is asked when the whole body is there: a slow client does not keep others from it. */
  async #serveBody(client: ClientSettings, settings: Settings): Promise<void> {
    const { maxBody, readTimeout } = settings;
    const { budget } = this.#around;
    const limits = { client: client.name, maxBody, readTimeout, budget };
    using receiver = new BodyReceiver(this.#request, limits, this.#scan());
    const body = await receiver.receive(() => {
      if (this.#expects) this.#response.writeContinue();
    });
    const { model, edits, hidesUsage, dropped } = ruleOn(this.#path, body.found, client, settings);
    this.#entry.model = model;
    this.#around.figures.disturbed(client.name, dropped, "dropped");
    const chunks = edited(body.chunks, edits);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const headers = requestHeaders(this.#request, settings.upstream, length);
    await this.#answer(settings, headers, chunks, hidesUsage, () => {
      // The answer may take long, and needs nothing of it.
      chunks.length = 0;
      receiver[Symbol.dispose]();
    });
  }

  #scan(): BodyScan {
    const { "content-encoding": encoding = "identity", "content-type": type } = this.#request.headers;
    if (encoding !== "identity")
      throw new Refusal(415, "a body with a content encoding is not taken; send it as it is");
    if (!takesForm(this.#path)) return new JsonScan(requestKeys);
    const boundary = boundaryOf(type);
    if (boundary !== undefined) return new FormScan(boundary);
    throw new Refusal(415, "the type of the body is not multipart/form-data with a boundary");
  }

  async #answer(
    { upstream, requestTimeout, holdTimeout }: Settings,
    headers: readonly string[],
    body: readonly Buffer[],
    hidesUsage: boolean,
    sent: () => void,
  ): Promise<void> {
    if (this.#reply.isOver) throw new ClientGone();
    const { method = "GET" } = this.#request;
    const question = { upstream, method, path: this.#path, headers, body, holdTimeout, sent };
    const asked = (this.#asked = ask(question));
    const timer = setTimeout(() => {
      asked.cancel();
      this.#reply.timeOut(requestTimeout);
    }, requestTimeout * 1000);
    try {
      const answer = await asked.answer;
      const status = answer.statusCode ?? 502;
      if (status >= 400 && hasOpenAiErrors(this.#path)) await this.#reply.passError(answer, status);
      else {
        await this.#reply.pass(answer, hidesUsage, (seconds) => {
          this.#around.figures.between(this.#entry, seconds);
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
