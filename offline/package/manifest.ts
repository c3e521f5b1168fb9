import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../support/failure.ts";
import { type Layer } from "../../ollama/manifest.ts";
import { sha256 } from "../../support/hashing.ts";
import type { Needs } from "../preflight/checks.ts";

/** A file of a package. */
export interface PackageFile {
  /** Length in bytes. */
  readonly size: number;
  /** Hash of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** A stream of bytes that a package carries in one or more files, or that the host has already. */
export interface Content {
  /** `sha256:` digest of the uncompressed bytes. */
  readonly digest: string;
  /** Length of the uncompressed bytes. */
  readonly size: number;
  readonly compression: "none" | "zstd";
  /** The files to read one after another; empty when the package leaves it out, because the host that it {@link PackageManifest.requires} has it. */
  readonly files: readonly string[];
}

/** An image of the stack. */
export interface PackagedImage {
  /** Name and tag. */
  readonly name: string;
  /** Digest of the configuration, which is the ID in an engine that stores layers. */
  readonly id: string;
  readonly config: Content;
  /** Lowest first; the digests are those of the image's `RootFS`. */
  readonly layers: readonly Content[];
}

/** What the program runs with, each an archive; see offline/bundle/tools.ts. */
export const toolNames = ["node", "modules", "pulumi", "plugins", "program"] as const;
export type ToolName = (typeof toolNames)[number];

/** Everything there is to know about a package: what is in it, and what it makes of a host. */
export interface PackageManifest {
  readonly format: 1;
  /** When it was made, ISO 8601 in UTC. */
  readonly created: string;
  readonly stack: string;
  /** Digest of the stack's configuration with all defaults. */
  readonly config: string;
  /** Digest of the manifest of the package that must have been deployed before; null for a complete package. */
  readonly requires: string | null;
  /** How the stack was tried before it was packed. */
  readonly rehearsal: "passed" | "passed without GPU" | "skipped";
  /** How images are put together; see docker/identity.ts. */
  readonly layout: number;
  /** Versions of what is inside, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly model: { readonly name: string; readonly digest: string; readonly blobs: readonly Layer[] };
  /** What the host must have. */
  readonly needs: Needs;
  readonly images: readonly PackagedImage[];
  readonly tools: Readonly<Record<ToolName, Content>>;
  /** Every file but the manifest and its signature, by path with forward slashes. */
  readonly files: Readonly<Record<string, PackageFile>>;
}

/** Name of the manifest in a package. */
export const manifestName = "manifest.json";

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of a manifest, the same for the same content: keys in order, a line each, so that two can be compared as text. */
export function canonical(manifest: PackageManifest): string {
  return `${JSON.stringify(sorted(manifest), undefined, 2)}\n`;
}

/** A manifest with the digest of its text, which names the version that a package makes. */
export interface ReadManifest extends PackageManifest {
  readonly digest: string;
}

/** How people and folders name a version. */
export function shortDigest(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}

/**
 * Reads a manifest.
 * @param path - a manifest file, or a folder with one
 * @throws Failure when there is none, or not one of this format
 */
export async function readManifest(path: string): Promise<ReadManifest> {
  const file = path.endsWith(".json") ? path : join(path, manifestName);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Failure(`There is no package manifest at ${file}: ${(error as NodeJS.ErrnoException).code ?? ""}`);
  });
  return parsePackageManifest(text, file);
}

/** As {@link readManifest}, from its text. */
export function parsePackageManifest(text: string, origin: string): ReadManifest {
  let manifest: PackageManifest | null;
  try {
    manifest = JSON.parse(text) as PackageManifest | null;
  } catch {
    throw new Failure(`${origin} is not a package manifest: it is not JSON; copy the package again`);
  }
  if (manifest?.format !== 1 || typeof manifest.files !== "object" || (manifest.files as object | null) === null)
    throw new Failure(`${origin} is not a package manifest of format 1, which is the one this program reads`);
  return { ...manifest, digest: sha256(text) };
}

/** Every content of a package. */
export function contentsOf(manifest: PackageManifest): readonly Content[] {
  return [...manifest.images.flatMap(({ config, layers }) => [config, ...layers]), ...Object.values(manifest.tools)];
}
