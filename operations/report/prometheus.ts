import { Failure, reasonOf } from "../../support/failure.ts";
import type { TimeRange } from "./time-range.ts";

/** Where a Prometheus is, and who asks. */
export interface PrometheusAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** The labels of a figure. */
export type Labels = Readonly<Record<string, string>>;

/** A figure at one moment. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** A figure over a time, with null where it was not there or is no number. */
export interface Series {
  readonly labels: Labels;
  readonly values: readonly (number | null)[];
}

/** Prometheus will not answer this one question; others it may. */
export class QueryRefused extends Error {
  override readonly name = "QueryRefused";
}

interface Answer {
  readonly status: "success" | "error";
  readonly error?: string;
  readonly data?: { readonly result: readonly RawSeries[] };
}

interface RawSeries {
  readonly metric: Labels;
  readonly value?: RawValue;
  readonly values?: readonly RawValue[];
}

type RawValue = readonly [seconds: number, value: string];

/** Milliseconds until a question counts as not answered. */
const patience = 60_000;

/** The HTTP API of a Prometheus that asks for a password. */
export class Prometheus {
  readonly #url: string;
  readonly #authorization: string;

  constructor({ url, user, password }: PrometheusAccess) {
    this.#url = url.replace(/\/$/, "");
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  /**
   * What an expression is at a moment; what is no number is left out.
   * @throws Failure when Prometheus does not answer, {@link QueryRefused} when it refuses
   */
  async query(expression: string, time: number): Promise<Sample[]> {
    const found = await this.#ask("query", { query: expression, time: String(time) });
    return found
      .map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }))
      .filter(({ value }) => Number.isFinite(value));
  }

  /**
   * What an expression was over a time, as many values for each as the time has steps.
   * @throws as {@link query}
   */
  async queryRange(expression: string, range: TimeRange): Promise<Series[]> {
    const { start, end, step } = range;
    const asked = { query: expression, start: String(start), end: String(end), step: String(step) };
    const found = await this.#ask("query_range", asked);
    return found.map(({ metric, values }) => ({ labels: metric, values: onSteps(values ?? [], range) }));
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<readonly RawSeries[]> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, {
      method: "POST",
      headers: { Authorization: this.#authorization },
      body: new URLSearchParams(parameters),
      signal: AbortSignal.timeout(patience),
    }).catch((error: unknown) => {
      throw new Failure(
        `Prometheus at ${this.#url} does not answer (${reasonOf(error)}): see whether its container runs, with \`docker ps -a\`, and what it says, with \`docker logs\``,
      );
    });
    if (response.status === 401)
      throw new Failure(
        `Prometheus at ${this.#url} refuses the password of the stack's output monitoringPassword: something else than this stack's Prometheus listens there, or the stack has to be brought up again`,
      );
    const text = await response.text();
    const answer = parsed(text);
    if (answer === undefined)
      throw new Failure(
        `Prometheus at ${this.#url} answers with status ${response.status}, and not in JSON: see its log with \`docker logs\``,
      );
    if (answer.status !== "success") throw new QueryRefused(answer.error ?? `status ${response.status}`);
    return answer.data?.result ?? [];
  }
}

function parsed(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

function onSteps(values: readonly RawValue[], { start, end, step }: TimeRange): (number | null)[] {
  const known = new Map(values.map(([seconds, value]) => [Math.round((seconds - start) / step), Number(value)]));
  return Array.from({ length: Math.round((end - start) / step) + 1 }, (_, at) => {
    const value = known.get(at);
    return value !== undefined && Number.isFinite(value) ? value : null;
  });
}
