import { setTimeout as sleep } from "node:timers/promises";

/** A Prometheus of a stack, as an operator reaches it. */
export interface PrometheusAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A scrape target as Prometheus tells of it. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

/** One value of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Asks Prometheus's API as the operator. */
export async function askPrometheus<Data>({ url, user, password }: PrometheusAccess, path: string): Promise<Data> {
  const Authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const answer = await fetch(`${url}${path}`, { headers: { Authorization } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { data: Data }).data;
}

/** Values of a query now. */
export async function query(access: PrometheusAccess, expression: string): Promise<readonly Sample[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
  return (await askPrometheus<{ result: readonly Sample[] }>(access, path)).result;
}

/** Waits until Prometheus has what is wanted of its targets, or fails with what they say. */
export async function untilTargets(
  access: PrometheusAccess,
  wanted: (targets: readonly Target[]) => boolean,
  seconds = 60,
): Promise<readonly Target[]> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await askPrometheus<{ activeTargets: readonly Target[] }>(access, "/api/v1/targets").then(
      ({ activeTargets }) => activeTargets,
      (error: unknown) => error as Error,
    );
    if (Array.isArray(seen) && wanted(seen as readonly Target[])) return seen as readonly Target[];
    if (Date.now() > end) throw new Error(`targets are not as wanted: ${JSON.stringify(seen, undefined, 1)}`);
    await sleep(500);
  }
}

/** Waits until a query has values. */
export async function untilFigures(
  access: PrometheusAccess,
  expression: string,
  seconds = 60,
): Promise<readonly Sample[]> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const samples = await query(access, expression);
    if (samples.length > 0) return samples;
    if (Date.now() > end) throw new Error(`there is nothing of ${expression}`);
    await sleep(500);
  }
}
