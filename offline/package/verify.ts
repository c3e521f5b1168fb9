import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Told } from "./hash-worker.ts";
import type { PackageFile, PackageManifest } from "./manifest.ts";

const mostWorkers = 4;

/** A package has both in one file each; see offline/bundle/start-program.ts. */
const workerFile = import.meta.url.endsWith(".mjs") ? "hash-worker.mjs" : "hash-worker.ts";

/** Hashes files one after another in a thread of its own. */
class Hasher {
  readonly #worker = new Worker(new URL(workerFile, import.meta.url));

  /** @returns what is wrong with the file, undefined when nothing is */
  check(file: string, expected: PackageFile, progress: (bytes: number) => void): Promise<string | undefined> {
    return new Promise((resolve) => {
      const listen = (told: Told) => {
        if ("bytes" in told) {
          progress(told.bytes);
          return;
        }
        this.#worker.off("message", listen);
        resolve(problemOf(told, expected));
      };
      this.#worker.on("message", listen);
      this.#worker.postMessage(file);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

function problemOf(told: Exclude<Told, { bytes: number }>, expected: PackageFile): string | undefined {
  if ("error" in told) return told.error === "ENOENT" ? "is missing" : `cannot be read (${told.error})`;
  if (told.size !== expected.size) return `has ${told.size} of ${expected.size} bytes`;
  return told.sha256 === expected.sha256
    ? undefined
    : `is damaged: its sha256 is ${told.sha256}, not ${expected.sha256}`;
}

/** Bytes of all files of a package. */
export function packageSize({ files }: Pick<PackageManifest, "files">): number {
  return Object.values(files).reduce((sum, { size }) => sum + size, 0);
}

/**
 * Hashes every file of a package, several at a time.
 * @returns a sentence for each file that is missing, too short or too long, or damaged
 */
export async function damagedFiles(
  folder: string,
  { files }: Pick<PackageManifest, "files">,
  progress: (bytes: number) => void,
): Promise<string[]> {
  // The longest first, so that the threads end at about the same time.
  const queue = Object.entries(files).sort(([, a], [, b]) => a.size - b.size);
  const damaged: string[] = [];
  const work = async (hasher: Hasher) => {
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const [path, expected] = entry;
      const problem = await hasher.check(join(folder, path), expected, progress);
      if (problem !== undefined) damaged.push(`${path} ${problem}`);
    }
    await hasher.stop();
  };
  const count = Math.max(1, Math.min(mostWorkers, availableParallelism(), queue.length));
  await Promise.all(Array.from({ length: count }, () => work(new Hasher())));
  return damaged.sort();
}
