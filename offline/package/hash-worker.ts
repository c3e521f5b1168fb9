import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";

const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);

/** What a worker tells: bytes that were read, or how a file ended. */
export type Told =
  { readonly bytes: number } | { readonly sha256: string; readonly size: number } | { readonly error: string };

/** Hashes a file without the detours of streams, which a thread of its own need not take. */
function hashFile(file: string, tell: (told: Told) => void): void {
  const descriptor = openSync(file, "r");
  try {
    const hash = createHash("sha256");
    let size = 0;
    for (let read = 0; (read = readSync(descriptor, buffer)) > 0; size += read) {
      hash.update(buffer.subarray(0, read));
      tell({ bytes: read });
    }
    tell({ sha256: hash.digest("hex"), size });
  } finally {
    closeSync(descriptor);
  }
}

parentPort?.on("message", (file: string) => {
  const tell = (told: Told) => parentPort?.postMessage(told);
  try {
    hashFile(file, tell);
  } catch (error) {
    tell({ error: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
});
