import { parentPort } from "node:worker_threads";
import { fileChunks } from "./file-chunks.ts";
import type { PackageFile } from "./manifest.ts";

const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);

/** A file that a worker is to hash. */
export interface Asked {
  readonly folder: string;
  readonly path: string;
  readonly expected: PackageFile;
}

/** What a worker tells: bytes that were read, or how a file ended: what is wrong with it, or nothing. */
export type Told = { readonly bytes: number } | { readonly problem: string | undefined };

parentPort?.on("message", ({ folder, path, expected }: Asked) => {
  const tell = (told: Told) => parentPort?.postMessage(told);
  try {
    for (const { length } of fileChunks(folder, path, expected, () => buffer)) tell({ bytes: length });
    tell({ problem: undefined });
  } catch (error) {
    tell({ problem: (error as Error).message });
  }
});
