import { formatBytes } from "../../support/units.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** Share of a container's limit from which on it is near to it. */
const near = 0.95;
/** Share of the host's memory below which it is short. */
const short = 0.05;

/** Whether containers were killed for memory, or soon will be, and whether the host has some left. */
export function examineMemory({ containers, host }: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const { name, role, now } of containers) {
    if (now === undefined) continue;
    const limit = now.memoryLimit === 0 ? "no limit" : `limit ${formatBytes(now.memoryLimit)}`;
    const used = now.memoryUsed === undefined ? "" : `, in use ${formatBytes(now.memoryUsed)}`;
    const advice = [
      `Raise ${keyOf(role)} in the stack's configuration, and bring it up`,
      ...(role === "server" ? ["Or need less: lower contextLength, parallel or the number of models kept loaded"] : []),
    ];
    if (now.oomKilled || now.oomKills > 0)
      findings.push({
        id: "out-of-memory",
        severity: "error",
        found:
          `The kernel has killed ${now.status === "running" ? "a process in" : ""} the container ${name} (${role}) for want of memory`.replace(
            "killed  ",
            "killed ",
          ),
        evidence: [
          `OOMKilled ${now.oomKilled}, oom_kill ${now.oomKills}, status ${now.status}, exit code ${now.exitCode}; ${limit}${used}`,
        ],
        advice,
        ...(now.status === "running" ? {} : { fix: "up" as const }),
      });
    else if (now.memoryLimit > 0 && (now.memoryUsed ?? 0) > near * now.memoryLimit)
      findings.push({
        id: "memory-near-limit",
        severity: "warning",
        found: `The container ${name} (${role}) is near its memory limit`,
        evidence: [`${limit}${used}`],
        advice,
      });
  }
  return [...findings, ...examineHostMemory(host)];
}

function keyOf(role: string): string {
  return role === "server" ? "memory" : `the memory of ${role}`;
}

function examineHostMemory({ memoryTotal, memoryAvailable, swapTotal, swapFree }: Evidence["host"]): Finding[] {
  if (memoryTotal === null || memoryAvailable === null || memoryAvailable >= short * memoryTotal) return [];
  const swap = swapTotal === null || swapFree === null ? "" : `, swap in use ${formatBytes(swapTotal - swapFree)}`;
  return [
    {
      id: "host-memory-short",
      severity: "error",
      found: "The host has hardly any memory left, and swaps or kills",
      evidence: [`available ${formatBytes(memoryAvailable)} of ${formatBytes(memoryTotal)}${swap}`],
      advice: [
        "See who has it: `ps aux --sort=-rss | head`, `docker stats --no-stream`",
        "End what does not belong here, or lower memory",
      ],
    },
  ];
}
