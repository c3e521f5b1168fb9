import type { Check } from "./check.ts";

const labels = { ok: "ok", warning: "warning", blocking: "BLOCKED" } as const;
const labelWidth = Math.max(...Object.values(labels).map((label) => label.length));

/** Whether nothing stands in the way of a deployment. */
export function isReady(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== "blocking");
}

/** The checks for people: a line for each, what is needed and what to do below those that are not ok, and a verdict. */
export function reportText(checks: readonly Check[]): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat(labelWidth + nameWidth + 4);
  const lines = checks.flatMap(({ name, status, found, needed, advice }) => [
    `${labels[status].padEnd(labelWidth)}  ${name.padEnd(nameWidth)}  ${found}`,
    ...(advice === null ? [] : [`${indent}needed: ${needed}`, `${indent}do: ${advice}`]),
  ]);
  return `${[...lines, "", verdict(checks)].join("\n")}\n`;
}

function verdict(checks: readonly Check[]): string {
  const count = (wanted: Check["status"]) => checks.filter(({ status }) => status === wanted).length;
  const warnings = count("warning") === 1 ? "1 warning" : `${count("warning")} warnings`;
  if (!isReady(checks)) return `The host is not ready: ${count("blocking")} blocked, ${warnings}`;
  return count("warning") === 0 ? "The host is ready" : `The host is ready, with ${warnings}`;
}

/** The checks for programs. */
export function reportJson(checks: readonly Check[]): string {
  return `${JSON.stringify({ ready: isReady(checks), checks }, null, 2)}\n`;
}
