import { formatBytes, sum } from "../../support/units.ts";
import { ok, warning, type Check } from "./check.ts";
import type { Facts } from "./facts.ts";
import type { Growth, MissingRoom } from "./room.ts";
import { demandsOf, moveDocker } from "./space-checks.ts";

/** Whether the disk of Docker's folder has room for what the service writes in time, beside what the deployment leaves there; packages of before do not tell. */
export function spaceToGrow(
  facts: Facts,
  { growth, missing }: { readonly growth: Growth | null; readonly missing: MissingRoom },
): Check[] {
  if (growth === null) return [];
  const { volumeSpace: where } = facts;
  const there = Math.min(facts.figures, growth.figures);
  const check = { name: "space to grow", needed: neededFor(growth, there) };
  if (where === null) return [{ ...check, ...warning("unknown", "compare `df` with what is needed") }];
  const beside = demandsOf(facts, missing).filter((demand) => demand.where?.device === where.device);
  const deployed = sum(beside.map((demand) => demand.missing.keptBytes));
  const lacking = growth.figures - there + growth.logs + deployed - where.free;
  const taken = deployed === 0 ? "" : `, of which the deployment takes ${formatBytes(deployed)}`;
  const found = `${formatBytes(where.free)} free for ${where.folder}${taken}`;
  if (lacking <= 0) return [{ ...check, ...ok(found) }];
  const key = growth.figures === 0 ? "logging.maxSize" : "monitoring.retentionSize";
  return [
    { ...check, ...warning(found, `free another ${formatBytes(lacking)} there, lower ${key}, or ${moveDocker}`) },
  ];
}

function neededFor({ figures, logs }: Growth, there: number): string {
  const known = there === 0 ? "" : ` (${formatBytes(there)} are there already)`;
  const ofFigures = `${formatBytes(figures - there)} for figures${known}`;
  const ofLogs = `${formatBytes(logs)} for logs`;
  return `${figures === 0 ? ofLogs : `${ofFigures} and ${ofLogs}`}, in time`;
}
