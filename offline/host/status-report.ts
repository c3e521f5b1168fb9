import { dateOf } from "../../gateway/certificate-dates.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { shortDigest } from "../../support/hashing.ts";
import { wholeSeconds } from "../../support/moment.ts";
import { formatBytes } from "../../support/units.ts";
import { signedBy } from "./deployed.ts";
import type { RunningContainer } from "./running.ts";
import type { Status, VersionStatus } from "./status.ts";
import { watcherLines } from "./watcher-status.ts";

/** A name, and what there is to say of it, a line each. */
type Row = readonly [string, ...string[]];

/** Exit status that tells scripts how it is. */
export function statusCode({ current, problems }: Status): number {
  if (current === null) return exitStatus.absent;
  return problems.length === 0 ? 0 : exitStatus.failed;
}

/** The status for programs. */
export function statusJson(status: Status): string {
  return `${JSON.stringify(status, null, 2)}\n`;
}

/** The status for people: a name in front of each line, and what is not as it should be at the end. */
export function statusText(status: Status): string {
  const rows = [...versionRows(status), ...hostRows(status)];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.flatMap(([name, ...texts]) =>
    texts.map((text, index) => `${(index === 0 ? name : "").padEnd(width)}  ${text}`),
  );
  return `${[...lines, "", verdict(status)].join("\n")}\n`;
}

function verdict({ data, current, problems }: Status): string {
  if (current === null) return [`Nothing is deployed in ${data}`, ...problems].join("\n");
  return problems.length === 0 ? "All is as it should be" : problems.join("\n");
}

function versionRows({ current, previous }: Status): Row[] {
  if (current === null) return [];
  return [
    ["version", nameOf(current)],
    ["deployed", ...deployedLines(current.deployed)],
    ["model", `${current.model}, stack ${current.stack}`],
    ["--rollback", previous === null ? "no earlier version is here" : `to version ${nameOf(previous)}`],
  ];
}

const nameOf = ({ version, made }: VersionStatus) => `${shortDigest(version)} of ${made}`;

function deployedLines(record: VersionStatus["deployed"]): [string, ...string[]] {
  if (record === null) return ["by a program that wrote nothing down"];
  const since = `${wholeSeconds(record.since)}${record.by === "rollback" ? ", by --rollback" : ""}`;
  return record.origin === null ? [since] : [since, `from ${record.origin.package}, ${signedBy(record.origin)}`];
}

function hostRows({ data, containers, disk, certificate, health, watcher, running, leftovers }: Status): Row[] {
  const images = disk.images.map(
    ({ name, bytes }) => `${name}: ${bytes === null ? "not in the engine" : formatBytes(bytes)}`,
  );
  return [
    ["containers", ...containerLines(containers)],
    ["disk", `${data}: ${size(disk.dataBytes)}, ${size(disk.freeBytes)} free`, ...images],
    ...(certificate === null ? [] : [["certificate", certificateLine(certificate)] as const]),
    [
      "health",
      health === null
        ? "not checked yet"
        : `${wholeSeconds(health.when)}: ${health.healthy ? "" : "FAILED: "}${health.seen}`,
    ],
    ...(watcher === null ? [] : [["watcher", ...watcherLines(watcher)] as const]),
    ["run", running === null ? "unknown" : running ? "one is under way" : "none is under way"],
    ["leftovers", leftovers.length === 0 ? "none" : leftovers.join(", ")],
  ];
}

function containerLines(containers: Status["containers"]): [string, ...string[]] {
  const [first, ...others] = (containers ?? []).flatMap(linesOf);
  return first === undefined ? [containers === null ? "unknown" : "none"] : [first, ...others];
}

function linesOf({ name, state, health, since, restarts, ports, image, memoryBytes }: RunningContainer): string[] {
  const life = [
    `${state}${health === null ? "" : ` (${health})`} since ${wholeSeconds(since)}`,
    ...(restarts === 0 ? [] : [`restarted ${restarts} times`]),
    ...(ports.length === 0 ? [] : [`at ${ports.join(", ")}`]),
  ];
  return [
    `${name}: ${life.join(", ")}`,
    `  ${image}, memory ${memoryBytes === 0 ? "without a limit" : `up to ${formatBytes(memoryBytes)}`}`,
  ];
}

function certificateLine({ file, names, ends, daysLeft }: NonNullable<Status["certificate"]>): string {
  if (ends === null || daysLeft === null) return `${file}: not there, or no certificate`;
  const end = `${daysLeft < 0 ? "has ended" : `ends in ${daysLeft} days`}, on ${dateOf(new Date(ends))}`;
  return `${file} ${end}, for ${names.join(", ") || "no name"}`;
}

const size = (bytes: number | null) => (bytes === null ? "unknown" : formatBytes(bytes));
