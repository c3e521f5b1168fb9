import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { MiB } from "./units.ts";

/** sha256 of a text or of bytes, with `sha256:` in front. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** `sha256:` digest of a file's content. */
export async function hashFile(file: string, progress: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  await using opened = await open(file);
  const { size } = await opened.stat();
  // No longer than the file: most of thousands are small, and a stream of each would cost more than their hashes.
  const buffer = Buffer.allocUnsafe(Math.min(Math.max(size, 1), MiB));
  for (let { bytesRead } = await opened.read(buffer); bytesRead > 0; { bytesRead } = await opened.read(buffer)) {
    hash.update(buffer.subarray(0, bytesRead));
    progress(bytesRead);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Length of a file in bytes, undefined when there is none. */
export async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.size;
}

/** The part of a digest that names and versions show. */
export function shortDigest(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
