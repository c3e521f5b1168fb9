import "./require.ts";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { RequestEntry } from "./request-entry.ts";

const labelNames = ["client", "endpoint", "model"] as const;

/** Answers take from milliseconds to many minutes. */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** From one token to the next, from a fast GPU's to a server's that computes something else first. */
const gaps = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60];
const rates = [1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 400];

/** What is counted of all requests, in Prometheus's form. */
export class Figures {
  readonly #registry = new Registry();
  readonly #requests: Counter<"client" | "endpoint" | "model" | "status">;
  readonly #failures: Counter<"client" | "endpoint" | "model" | "failure">;
  readonly #running: Gauge<"client">;
  readonly #firstByte: Histogram<(typeof labelNames)[number]>;
  readonly #duration: Histogram<(typeof labelNames)[number]>;
  readonly #between: Histogram<"client" | "model">;
  readonly #rate: Histogram<(typeof labelNames)[number]>;
  readonly #promptTokens: Counter<(typeof labelNames)[number]>;
  readonly #answerTokens: Counter<(typeof labelNames)[number]>;
  readonly #bytes: Counter<(typeof labelNames)[number]>;
  readonly #disturbing: Counter<"client" | "key" | "outcome">;

  /** `heldBytes` tells how much memory the bodies of requests take. */
  constructor(heldBytes: () => number) {
    const registers = [this.#registry];
    const common = { labelNames, registers };
    this.#requests = new Counter({
      name: "usher_requests_total",
      help: "Requests by the status that the client saw; 499 when it had left",
      labelNames: [...labelNames, "status"],
      registers,
    });
    this.#failures = new Counter({
      name: "usher_failures_total",
      help: "Requests that ended otherwise than they should, whatever their status was",
      labelNames: [...labelNames, "failure"],
      registers,
    });
    this.#running = new Gauge({
      name: "usher_requests_running",
      help: "Requests that are being read or answered",
      labelNames: ["client"],
      registers,
    });
    this.#firstByte = new Histogram({
      name: "usher_first_byte_seconds",
      help: "Time from a request to the first byte of its answer",
      buckets: seconds,
      ...common,
    });
    this.#duration = new Histogram({
      name: "usher_duration_seconds",
      help: "Time from a request to the end of its answer",
      buckets: seconds,
      ...common,
    });
    this.#between = new Histogram({
      name: "usher_between_tokens_seconds",
      help: "Time from one token of a streamed answer to the next",
      buckets: gaps,
      labelNames: ["client", "model"],
      registers,
    });
    this.#rate = new Histogram({
      name: "usher_tokens_per_second",
      help: "Tokens per second of an answer, as the model server says or by the time from the first byte to the last",
      buckets: rates,
      ...common,
    });
    this.#promptTokens = new Counter({ name: "usher_prompt_tokens_total", help: "Tokens of prompts", ...common });
    this.#answerTokens = new Counter({ name: "usher_answer_tokens_total", help: "Tokens of answers", ...common });
    this.#bytes = new Counter({ name: "usher_answer_bytes_total", help: "Bytes of answers", ...common });
    this.#disturbing = new Counter({
      name: "usher_disturbing_keys_total",
      help: "Keys of requests that would change the model for all, by what came of them",
      labelNames: ["client", "key", "outcome"],
      registers,
    });
    new Gauge({
      name: "usher_body_bytes",
      help: "Memory that is granted to large bodies of requests",
      registers,
      collect() {
        this.set(heldBytes());
      },
    });
    collectDefaultMetrics({ register: this.#registry });
  }

  /** A request has begun. */
  begin(client: string): void {
    this.#running.inc({ client });
  }

  /** Keys that would change the model for all were taken out of a request, or it was refused for one. */
  disturbed(client: string, keys: readonly string[], outcome: "dropped" | "refused"): void {
    for (const key of keys) this.#disturbing.inc({ client, key, outcome });
  }

  /** A token of a stream came so many seconds after the one before it. */
  between({ client, model = "" }: Pick<RequestEntry, "client" | "model">, seconds: number): void {
    this.#between.observe({ client, model }, seconds);
  }

  /** A request has ended. */
  end(entry: RequestEntry, status: number): void {
    const { client, endpoint, firstByteMs, durationMs, bytes, failure } = entry;
    const { promptTokens, answerTokens } = entry.figures;
    const labels = { client, endpoint, model: entry.model ?? "" };
    this.#running.dec({ client });
    this.#requests.inc({ ...labels, status });
    if (failure !== undefined) this.#failures.inc({ ...labels, failure });
    this.#duration.observe(labels, durationMs / 1000);
    if (firstByteMs !== undefined) this.#firstByte.observe(labels, firstByteMs / 1000);
    if (bytes > 0) this.#bytes.inc(labels, bytes);
    if (promptTokens !== undefined) this.#promptTokens.inc(labels, promptTokens);
    if (answerTokens !== undefined) this.#answerTokens.inc(labels, answerTokens);
    const rate = entry.tokensPerSecond;
    if (rate !== undefined) this.#rate.observe(labels, rate);
  }

  /** All figures as text. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The type of that text. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}
