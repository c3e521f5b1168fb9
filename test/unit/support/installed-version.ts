import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DataFolder, InstalledVersion } from "../../../offline/host/data-folder.ts";
import { canonical, readManifest, type PackageManifest } from "../../../offline/package/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { manifestWith } from "./package.ts";

/** Puts a version that has nothing but its manifest and its stack's file into a data folder. */
export async function installVersion(
  data: DataFolder,
  change: Partial<PackageManifest>,
  stackFile = "config: {}\n",
): Promise<InstalledVersion> {
  const text = canonical(manifestWith(change));
  const folder = data.versionFolder(sha256(text));
  mkdirSync(join(folder, "program"), { recursive: true });
  writeFileSync(join(folder, "manifest.json"), text);
  writeFileSync(join(folder, "program", `Pulumi.${change.stack ?? "prod"}.yaml`), stackFile);
  return { folder, manifest: await readManifest(folder) };
}
