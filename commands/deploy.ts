import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { formatBytes, formatSeconds } from "../support/units.ts";
import { modelsText } from "../config/model-name.ts";
import { requireBase, requireNewer } from "../offline/host/base-version.ts";
import { requireChanges } from "../offline/host/changed-keys.ts";
import { DataFolder, nameOf, type InstalledVersion } from "../offline/host/data-folder.ts";
import { signedBy } from "../offline/host/deployed.ts";
import { readFurtherNeeds } from "../offline/package/further-needs.ts";
import { journalName, signatureName } from "../offline/package/journal.ts";
import { readManifest, type ReadManifest } from "../offline/package/manifest.ts";
import { shortDigest } from "../support/hashing.ts";
import { checkHost } from "../offline/preflight/checks.ts";
import { dataFolderChecks } from "../offline/preflight/data-folder-check.ts";
import { gatherFacts } from "../offline/preflight/facts.ts";
import { isReady, reportJson, reportText } from "../offline/preflight/report.ts";
import { installVersion } from "../offline/host/install.ts";
import { presentOn } from "../offline/host/present.ts";
import { missingRoom } from "../offline/package/missing.ts";
import { layBackup } from "../operations/backup/lay-backup.ts";
import { layVersionConfiguration, placeIn, restorable } from "../operations/backup/package-restore.ts";
import { damagedFiles, otherFiles, packageSize, withModels } from "../offline/package/verify.ts";
import { exitStatus, statusOfSignal } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { readOptions } from "../support/options.ts";
import { withLock } from "../support/lock-descriptor.ts";
import { logEnvironment } from "../support/run-log.ts";
import { Progress, say } from "../support/progress.ts";

/* Runs from the package, with all it imports in one file, before the program's own packages are unpacked. */

type Options = ReturnType<typeof deployOptions>;

await main(async () => {
  const values = deployOptions();
  const manifest = await readPackage(values);
  const data = new DataFolder(values.data);
  const backup = values.restore === undefined ? undefined : await restorable(values.restore, manifest, data);
  if (values.mode !== "verify") {
    await requireBase(manifest, data);
    if (!values["allow-older"]) await requireNewer(manifest, data);
    if (!values["discard-changes"]) await requireChanges(values.package, manifest, data);
    const ready = await preflight(manifest, data, values);
    if (values.mode === "check") {
      if (!ready) process.exitCode = exitStatus.refused;
      return;
    }
    if (!ready) throw new Failure("This host is not ready; nothing was changed", exitStatus.refused);
  }
  await verify(manifest, values);
  if (values.mode === "verify") return;
  if (backup !== undefined) await layBackup(backup, placeIn(data));
  const version = await installVersion(values.package, manifest, data);
  if (backup !== undefined) await layVersionConfiguration(backup, version);
  await deployVersion(version, values);
});

function deployOptions() {
  const options = {
    package: { type: "string", default: "." },
    // The one whose signature was checked; that of the package may be another one by now.
    manifest: { type: "string", default: "." },
    data: { type: "string", default: "/var/lib/gemma" },
    mode: { type: "string", default: "deploy" },
    json: { type: "boolean", default: false },
    "allow-older": { type: "boolean", default: false },
    "discard-changes": { type: "boolean", default: false },
    "skip-trial": { type: "boolean", default: false },
    strangers: { type: "string", default: "" },
    restore: { type: "string" },
    signer: { type: "string" },
  } as const;
  const usage = "deploy.sh [--check [--json]] [--data DIR] [--allow-older] [--discard-changes] [--skip-trial]";
  return readOptions({ options }, usage).values;
}

async function readPackage(values: Options): Promise<ReadManifest> {
  if (existsSync(join(values.package, journalName)))
    throw new Failure(
      `The package in ${values.package} is not finished: run the bundle command again where it is made`,
      exitStatus.untrusted,
    );
  return readManifest(values.manifest);
}

async function preflight(
  manifest: ReadManifest,
  data: DataFolder,
  { package: folder, manifest: start, mode, json, strangers }: Options,
): Promise<boolean> {
  const { address, port, certificate: file, tls } = manifest.needs;
  // Packages of before do not tell the names, so that none is missed.
  const calledBy = tls === undefined ? { hosts: [], address: undefined } : { hosts: tls.hosts, address };
  const certificate = file === null ? null : { certificate: file, key: tls?.key, ...calledBy };
  const further = readFurtherNeeds({ folder, files: manifest.files });
  const { memory, inodes, growth = null, hostProcesses = false, ports = {} } = further;
  const facts = await gatherFacts({
    dataFolder: data.path,
    address,
    port,
    furtherPorts: ports,
    labels: data.labels(manifest.stack),
    certificate,
  });
  const missing = missingRoom(manifest, await presentOn(data, manifest, dirname(start)), inodes);
  const wanted = { missing, growth, hostProcesses, memory };
  const checks = [...dataFolderChecks(data.path, strangers), ...checkHost(facts, manifest.needs, wanted)];
  if (json) process.stdout.write(`${reportJson(checks)}\n`);
  else (mode === "check" ? process.stdout : process.stderr).write(`${reportText(checks)}\n`);
  return isReady(checks);
}

async function verify(manifest: ReadManifest, values: Options): Promise<void> {
  const size = packageSize(manifest);
  const started = performance.now();
  using progress = new Progress("Verifying", size);
  const source = { folder: values.package, files: manifest.files };
  const damaged = await damagedFiles(source, (bytes) => {
    progress.add(bytes);
  });
  const files = Object.keys(manifest.files).length;
  if (damaged.length > 0) {
    const lines = withModels(damaged, manifest).map((line) => `  ${line}`);
    throw new Failure(
      `${damaged.length} of ${files} files are not as they were packed; copy them again:\n${lines.join("\n")}`,
      exitStatus.untrusted,
    );
  }
  const others = await otherFiles(source);
  if (others.length > 0) say(`WARNING: not of the package, and not used: ${shortList(others)}`);
  const seconds = formatSeconds((performance.now() - started) / 1000);
  const line = `${files} files verified, ${formatBytes(size)}, in ${seconds}`;
  if (values.mode === "verify") process.stdout.write(`${describe(manifest, values)}\n${line}\n`);
  else say(line);
}

/** Which package it is. */
function describe(manifest: ReadManifest, { package: folder, signer }: Options): string {
  const signed = existsSync(join(folder, signatureName));
  return `Version ${nameOf(manifest)}, ${modelsText(manifest.models)} for the stack ${manifest.stack}, ${signedBy({ signer: signer ?? null, signed })}`;
}

/** The first of some names, in letters that do nothing to a terminal. */
function shortList(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => name.replaceAll(/\p{Cc}/gu, "?"));
  return [...shown, ...(names.length > most ? [`and ${names.length - most} more`] : [])].join(", ");
}

/** Hands over to the version that was installed, which has everything it needs. */
async function deployVersion({ folder, manifest }: InstalledVersion, values: Options): Promise<void> {
  say(`Version ${shortDigest(manifest.digest)} of ${manifest.created} is unpacked`);
  const args = [
    join(folder, "program/commands/deploy-version.ts"),
    "--package",
    resolve(values.package),
    "--data",
    resolve(values.data),
    "--version",
    manifest.digest,
    ...(values.signer === undefined ? [] : ["--signer", values.signer]),
    ...(values["skip-trial"] ? ["--skip-trial"] : []),
  ];
  const child = spawn(join(folder, "bin/node"), args, {
    cwd: join(folder, "program"),
    env: { ...process.env, ...logEnvironment() },
    stdio: withLock(),
  });
  // The child ends what it is at, and tells Pulumi; this process waits for it, holding the lock as well.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill("SIGTERM"));
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  process.exitCode = signal === null ? (status ?? exitStatus.failed) : statusOfSignal(signal);
}
