import { Failure } from "../support/failure.ts";
import { sha256 } from "../support/hashing.ts";

/** A blob of a model: what it is, its content's digest and its length in bytes. */
export interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A model's manifest with the bytes it was made of; the digest is theirs. */
export interface Manifest {
  readonly text: string;
  readonly digest: string;
  /** The config and every layer. */
  readonly blobs: readonly Layer[];
}

function isLayer(value: unknown): value is Layer {
  const { digest, size } = (value ?? {}) as Partial<Layer>;
  return typeof digest === "string" && /^sha256:[0-9a-f]{64}$/.test(digest) && typeof size === "number";
}

/**
 * Reads a model's manifest.
 * @param origin - where it came from, for the message
 * @throws Failure when it is not one
 */
export function parseManifest(text: string, origin: string): Manifest {
  let parsed: { config?: unknown; layers?: unknown } | null;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    throw new Failure(`${origin} is not a model manifest: it is not JSON`);
  }
  const layers = Array.isArray(parsed?.layers) ? (parsed.layers as unknown[]) : [];
  const blobs: unknown[] = [parsed?.config, ...layers];
  if (!blobs.every(isLayer)) throw new Failure(`${origin} is not a model manifest: a layer lacks its digest or size`);
  const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
  return { text, digest: sha256(text), blobs: [...unique.values()] };
}

/** Sum of a manifest's blobs, bytes. */
export function totalSize(manifest: Pick<Manifest, "blobs">): number {
  return manifest.blobs.reduce((sum, blob) => sum + blob.size, 0);
}
