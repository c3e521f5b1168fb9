import type { Finding } from "./finding.ts";

/** Findings for people. */
export function findingsText(stack: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `Nothing is wrong with the stack ${stack}\n`;
  return findings.map(findingText).join("\n");
}

function findingText({ id, severity, found, evidence, advice }: Finding): string {
  const lines = [...evidence.map((line) => `  seen: ${line}`), ...advice.map((line) => `  do:   ${line}`)];
  return `${severity === "error" ? "ERROR" : "WARNING"} ${id}: ${found}\n${lines.join("\n")}\n`;
}
