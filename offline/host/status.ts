import { X509Certificate } from "node:crypto";
import { access, constants, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { modelsText } from "../../config/model-name.ts";
import { stackLabels } from "../../engine/stack-labels.ts";
import { stoppedByHand } from "../../engine/stopped-by-hand.ts";
import { unwellness } from "../../engine/unwell-containers.ts";
import { daysUntil } from "../../gateway/certificate-dates.ts";
import { namesOf } from "../../gateway/certificate-names.ts";
import { deploymentOf, localState, project } from "../../runner/local-state.ts";
import { reasonOf } from "../../support/failure.ts";
import { ask } from "../preflight/ask.ts";
import { spaceAt } from "../preflight/space-facts.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";
import { readDeployed, type DeploymentRecord } from "./deployed.ts";
import { readHealth, type HealthRecord } from "./health-record.ts";
import { imagesOf } from "./prune.ts";
import { containersOf, imageBytes, type RunningContainer } from "./running.ts";
import { watcherStatus, type WatcherStatus } from "./watcher-status.ts";

/** A version on this host, and how it came there. */
export interface VersionStatus {
  readonly version: string;
  /** When its package was made, ISO. */
  readonly made: string;
  readonly stack: string;
  readonly model: string;
  /** How it came to serve; null when nobody has written that down. */
  readonly deployed: Omit<DeploymentRecord, "version"> | null;
}

/** The gateway's certificate on this host. */
export interface CertificateStatus {
  readonly file: string;
  /** Names and addresses in it; empty when it cannot be read. */
  readonly names: readonly string[];
  /** When it ends, ISO; null when it cannot be read. */
  readonly ends: string | null;
  readonly daysLeft: number | null;
}

/** What is deployed on a host, and how it is; null is unknown, or nothing. */
export interface Status {
  readonly data: string;
  /** The version that serves. */
  readonly current: VersionStatus | null;
  /** The version that `--rollback` goes back to. */
  readonly previous: VersionStatus | null;
  /** Null when Docker does not answer. */
  readonly containers: readonly RunningContainer[] | null;
  readonly disk: {
    readonly dataBytes: number | null;
    readonly freeBytes: number | null;
    readonly images: readonly { readonly name: string; readonly bytes: number | null }[];
  };
  readonly certificate: CertificateStatus | null;
  readonly health: HealthRecord | null;
  /** What the watcher tells; null without one. */
  readonly watcher: WatcherStatus | null;
  /** Whether a run is at work on the data folder. */
  readonly running: boolean | null;
  /** What killed runs have left, and what was never deployed. */
  readonly leftovers: readonly string[];
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

/** Looks at what is deployed on this host; changes nothing, and never rejects for what cannot be found out. */
export async function statusOf(data: DataFolder, now = new Date()): Promise<Status> {
  const problems: string[] = [];
  const orNull = <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      problems.push(reasonOf(error));
      return null;
    });
  const [current, previous, versions] = await Promise.all([data.current(), data.previous(), data.versions()]);
  const records = (await orNull(readDeployed(data))) ?? [];
  const newest = current ?? versions.at(-1);
  const found = newest === undefined ? [] : await containersOf(labelsIn(newest, data));
  const running = await isLocked(join(data.path, "lock"));
  if (typeof found === "string") problems.push(`Docker does not answer: ${found}`);
  const interrupted = newest === undefined ? null : await orNull(isInterrupted(newest, data));
  if (typeof found !== "string" && current !== undefined)
    problems.push(...containerProblems(found, running === true || interrupted === true));
  const certificate = await certificateAt(current?.manifest.needs.certificate ?? null, now);
  if (certificate !== null && certificate.daysLeft === null)
    problems.push(`The certificate ${certificate.file} is not there, or holds no certificate`);
  else if (certificate !== null && Number(certificate.daysLeft) < 0)
    problems.push(`The certificate ${certificate.file} has ended`);
  const images = [
    ...new Set([current, previous].flatMap((version) => (version === undefined ? [] : imagesOf(version)))),
  ];
  return {
    data: data.path,
    current: versionStatus(current, records),
    previous: versionStatus(previous, records),
    containers: typeof found === "string" ? null : found,
    disk: {
      dataBytes: await folderBytes(data.path),
      freeBytes: (await spaceAt(data.path))?.free ?? null,
      images: await Promise.all(images.map(async (name) => ({ name, bytes: await imageBytes(name) }))),
    },
    certificate,
    health: await orNull(readHealth(data.path)),
    watcher: typeof found === "string" ? null : await watcherStatus(found),
    running,
    leftovers: running === true ? [] : await leftovers(data, versions, [current, previous]),
    problems,
  };
}

function versionStatus(
  version: InstalledVersion | undefined,
  records: readonly DeploymentRecord[],
): VersionStatus | null {
  if (version === undefined) return null;
  const { digest, created, stack, models } = version.manifest;
  const record = records.find((each) => each.version === digest);
  return {
    version: digest,
    made: created,
    stack,
    model: modelsText(models),
    deployed: record === undefined ? null : { since: record.since, by: record.by, origin: record.origin },
  };
}

function labelsIn({ manifest }: InstalledVersion, data: DataFolder) {
  return stackLabels({ project, stack: manifest.stack, backend: data.backend, folder: data.path });
}

/** Whether a run was killed at its work, or is at it; rejects when the state cannot be read. */
async function isInterrupted({ manifest }: InstalledVersion, data: DataFolder): Promise<boolean> {
  const state = localState(data.backend, { folder: data.path, project, stack: manifest.stack });
  return state !== undefined && ((await deploymentOf(state)).pending_operations ?? []).length > 0;
}

/** @param atWork - whether a run may have stopped containers itself */
function containerProblems(containers: readonly RunningContainer[], atWork: boolean): string[] {
  if (containers.length === 0)
    return ["No container of the service is there: start the deploy.sh of the package again"];
  return containers.flatMap(({ name, state, stoppedByHand: byHand, health }) => {
    if (byHand && !atWork) return [`${stoppedByHand(name)}: start it with docker start ${name}`];
    return unwellness({ name, state, health }) ?? [];
  });
}

async function certificateAt(file: string | null, now: Date): Promise<CertificateStatus | null> {
  if (file === null) return null;
  try {
    const certificate = new X509Certificate(await readFile(file));
    const ends = certificate.validToDate;
    return { file, names: namesOf(certificate), ends: ends.toISOString(), daysLeft: daysUntil(ends, now) };
  } catch {
    return { file, names: [], ends: null, daysLeft: null };
  }
}

/** Whether somebody holds a lock; null when that may not be asked. */
async function isLocked(file: string): Promise<boolean | null> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? false : null;
  }
  // Shared, and for a moment: a run that comes just now waits for it.
  return (await ask("flock", "--nonblock", "--shared", file, "true")).failure !== null;
}

/** Bytes that a folder has on its disk; what versions share counts once. */
async function folderBytes(folder: string): Promise<number | null> {
  const { text, failure } = await ask("du", "-s", "-k", "-x", folder);
  return failure === null ? Number(text.split("\t")[0]) * 1024 : null;
}

async function leftovers(
  data: DataFolder,
  versions: readonly InstalledVersion[],
  kept: readonly (InstalledVersion | undefined)[],
): Promise<string[]> {
  const names = async (...path: string[]) => readdir(join(data.path, ...path)).catch(() => []);
  const folders = kept.map((version) => version?.folder);
  const half = async (name: string) =>
    (await names(name)).filter((each) => each.endsWith(".partial")).map((each) => join(name, each));
  return [
    ...(await names()).filter((name) => /^(runtime|check)\.\w{6}$|^trial$/.test(name)),
    ...(await half("versions")),
    ...(await half("tools")),
    ...versions
      .filter(({ folder }) => !folders.includes(folder))
      .map(({ folder }) => join("versions", folder.slice(-12))),
  ];
}
