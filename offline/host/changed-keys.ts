import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { asText, isSecret, mergedKeys } from "../../config/stack-files.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { ReadManifest } from "../package/manifest.ts";
import { readContent } from "../package/read-content.ts";
import { nameOf, type DataFolder, type InstalledVersion } from "./data-folder.ts";
import { extract } from "./unpack.ts";

type Keys = Readonly<Record<string, unknown>>;

/**
 * Makes sure that a package has what was changed on this host in the configuration of the version that serves.
 * @throws Failure that names each key which it would undo
 */
export async function requireChanges(folder: string, manifest: ReadManifest, data: DataFolder): Promise<void> {
  const current = await data.current();
  if (current === undefined || current.manifest.digest === manifest.digest) return;
  const installed = await data.version(manifest.digest);
  const next = installed === undefined ? await packageKeys(folder, manifest) : deployedKeys(installed);
  const lines = undoneChanges(current, next, data);
  if (lines.length === 0) return;
  throw new Failure(
    `The configuration of version ${nameOf(current.manifest)} was changed on this host, and this package would undo that: ` +
      `bring one that has these values, or add --discard-changes to go on without them; nothing was changed:\n${lines.join("\n")}`,
    exitStatus.refused,
  );
}

/** What was changed on this host in a version's configuration and is otherwise in another one, a line for each key. */
export function undoneChanges(version: InstalledVersion, next: Keys, data: DataFolder): string[] {
  const here = deployedKeys(version);
  const packed = mergedKeys(version.manifest.stack, data.tool(version.manifest.tools.program.digest));
  const keys = [...new Set([...Object.keys(here), ...Object.keys(packed)])].sort();
  return keys
    .filter((key) => ![packed, next].some((other) => sameValue(here[key], other[key])))
    .map((key) => `  ${key}: ${shown(here[key])} here, ${shown(next[key])} there; it came as ${shown(packed[key])}`);
}

/** A version's configuration as it is on this host. */
export function deployedKeys({ folder, manifest }: InstalledVersion): Keys {
  return mergedKeys(manifest.stack, join(folder, "program"));
}

/** The configuration in a package; read to the package's end, where its digest is compared, before it is used. */
async function packageKeys(folder: string, { stack, tools, files }: ReadManifest): Promise<Keys> {
  const place = await mkdtemp(join(tmpdir(), "gemma-keys-"));
  try {
    await extract(readContent({ folder, files }, tools.program), place, "Pulumi.yaml", `Pulumi.${stack}.yaml`);
    return mergedKeys(stack, place);
  } finally {
    await rm(place, { recursive: true });
  }
}

/** Whether two values are the same to the program; Pulumi puts numbers into quotes where it writes a file itself. */
function sameValue(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(inWords(a), inWords(b));
}

function inWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWords);
  if (typeof value !== "object" || value === null) return value === undefined ? undefined : asText(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inWords(one)]));
}

function shown(value: unknown): string {
  if (value === undefined) return "not set";
  return isSecret(value) ? "a secret" : asText(value);
}
