import { ask } from "../../offline/preflight/ask.ts";
import type { TrafficEvidence } from "./evidence.ts";

/** A line of the gateway's log, of which it holds no prompts. */
interface Line {
  readonly client?: string;
  readonly status?: number;
  readonly queue_ms?: number;
  readonly duration_ms?: number;
}

/** What the gateway's log tells of the last minutes; nothing without a gateway. */
export async function gatherTraffic(gateway: string | undefined, minutes: number): Promise<TrafficEvidence> {
  if (gateway === undefined) return trafficIn("", minutes);
  const { text } = await ask("docker", "logs", "--since", `${minutes}m`, gateway);
  return trafficIn(text, minutes);
}

/** As {@link gatherTraffic}, of a log. */
export function trafficIn(log: string, minutes: number): TrafficEvidence {
  const refused: Record<string, number> = {};
  const busy: Record<string, number> = {};
  let longestWait = 0;
  for (const { client = "", status, queue_ms: queue = 0, duration_ms: duration = 0 } of log
    .split("\n")
    .flatMap(lineOf)) {
    if (client === "") continue;
    if (status === 429) refused[client] = (refused[client] ?? 0) + 1;
    else busy[client] = (busy[client] ?? 0) + Math.max(0, duration - queue) / 1000;
    longestWait = Math.max(longestWait, queue / 1000);
  }
  return { minutes, refused, busy, longestWait };
}

function lineOf(text: string): Line[] {
  try {
    return text.startsWith("{") ? [JSON.parse(text) as Line] : [];
  } catch {
    return [];
  }
}
