import type { ApiResult } from "./api-run.ts";

/** Version of what {@link apiJson} writes; a field may be added to it, and none removed. */
const format = "test-api/1";

/** Whether all checks passed. */
export function allPassed(results: readonly ApiResult[]): boolean {
  return results.every(({ problems }) => problems.length === 0);
}

/** One line about a check, and one more for each problem. */
export function resultLines({ check, milliseconds, problems }: ApiResult): string {
  const { asked, name, model } = check;
  const mark = problems.length === 0 ? "ok  " : "FAIL";
  const request = `${asked.method} ${asked.path}`.padEnd(32);
  const what = model === undefined || asked.path.endsWith(model) ? name : `${name}: ${model}`;
  const line = `${mark}  ${request}  ${check.expected.status}  ${seconds(milliseconds).padStart(8)}  ${what}`;
  return [line, ...problems.map((problem) => `      ${problem}`)].join("\n");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** The last line: how many passed. */
export function summaryLine(results: readonly ApiResult[], client: string | undefined): string {
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  const who = client === undefined ? "without a gateway" : `as ${client}`;
  const all = `${results.length} requests ${who}`;
  return failed === 0 ? `${all}: all answered as they should` : `${all}: ${failed} not answered as they should`;
}

/** What an answer of `--json` is about. */
export interface ApiSubject {
  readonly stack: string;
  readonly client: string | undefined;
  readonly url: string;
}

/** All results for programs. */
export function apiJson(subject: ApiSubject, results: readonly ApiResult[]): string {
  const checks = results.map(({ check, status, milliseconds, problems }) => ({
    endpoint: check.endpoint,
    name: check.name,
    model: check.model ?? null,
    method: check.asked.method,
    path: check.asked.path,
    expectedStatus: check.expected.status,
    status: status ?? null,
    milliseconds: Math.round(milliseconds),
    problems,
  }));
  const { stack, client, url } = subject;
  return `${JSON.stringify({ format, stack, client: client ?? null, url, passed: allPassed(results), checks }, undefined, 2)}\n`;
}
