import * as z from "zod";
import { counted } from "../../support/counted.ts";
import { wholeSeconds } from "../../support/moment.ts";
import { ask } from "../preflight/ask.ts";
import type { RunningContainer } from "./running.ts";

/** Port of the watcher in its container. */
const watcherPort = 9466;

const stateSchema = z.object({
  /** Whether it still looks at the server. */
  looking: z.boolean(),
  faults: z.array(
    z.object({
      fault: z.string(),
      since: z.string(),
      reason: z.string(),
      /** What was done last about it. */
      action: z.string().optional(),
      actedAt: z.string().optional(),
      /** Since when it does no more about it. */
      needsSomebodySince: z.string().optional(),
    }),
  ),
  actionsInLastHour: z.array(z.string()),
  lastAction: z.object({ action: z.string(), fault: z.string(), at: z.string() }).optional(),
});

/** What a stack's watcher tells of the server, or why it tells nothing. */
export type WatcherStatus = Readonly<z.infer<typeof stateSchema>> | { readonly unknown: string };

/** Asks the watcher among some containers; null without one. Never rejects. */
export async function watcherStatus(
  containers: readonly Pick<RunningContainer, "name" | "state">[],
): Promise<WatcherStatus | null> {
  const watcher = containers.find(({ name }) => name.startsWith("watcher-container-"));
  if (watcher === undefined) return null;
  if (watcher.state !== "running") return { unknown: `its container is ${watcher.state}` };
  // Through the container's own fetch: its network is open to nobody else, and its port is not published.
  const script =
    `fetch("http://127.0.0.1:${watcherPort}/state", { signal: AbortSignal.timeout(5000) })` +
    ".then(async (answer) => console.log(await answer.text()))";
  const { text, failure } = await ask("docker", "exec", watcher.name, "node", "-e", script);
  return failure === null ? parsed(text) : { unknown: failure };
}

function parsed(text: string): WatcherStatus {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return { unknown: "its answer has another form" };
  }
}

/** What the watcher tells, for people. */
export function watcherLines(status: WatcherStatus): [string, ...string[]] {
  if ("unknown" in status) return [`does not tell: ${status.unknown}`];
  const { looking, faults, actionsInLastHour, lastAction } = status;
  const [first = "no fault", ...others] = faults.map(faultLine);
  const last =
    lastAction === undefined
      ? "no action since it was started"
      : `last action: ${lastAction.action} because of ${lastAction.fault}, ${wholeSeconds(lastAction.at)}`;
  const more = `${last}; ${counted(actionsInLastHour.length, "action")} in the last hour`;
  return [first, ...others, more, ...(looking ? [] : ["it has not looked of late"])];
}

function faultLine({
  fault,
  since,
  reason,
  action,
  actedAt,
  needsSomebodySince,
}: z.infer<typeof stateSchema>["faults"][number]) {
  return [
    `${fault} since ${wholeSeconds(since)}: ${reason}`,
    ...(action === undefined || actedAt === undefined ? [] : [`${action} ${wholeSeconds(actedAt)}`]),
    ...(needsSomebodySince === undefined ? [] : [`needs somebody since ${wholeSeconds(needsSomebodySince)}`]),
  ].join("; ");
}
