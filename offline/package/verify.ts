import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Asked, Told } from "./hash-worker.ts";
import { signatureName } from "./journal.ts";
import { manifestName, type PackageManifest } from "./manifest.ts";
import type { PackageFiles } from "./read-content.ts";

const mostWorkers = 4;

/** A package has both in one file each; see offline/bundle/start-program.ts. */
const workerFile = import.meta.url.endsWith(".mjs") ? "hash-worker.mjs" : "hash-worker.ts";

/** Hashes files one after another in a thread of its own. */
class Hasher {
  readonly #worker = new Worker(new URL(workerFile, import.meta.url));

  /** @returns what is wrong with the file, undefined when nothing is */
  check(file: Asked, progress: (bytes: number) => void): Promise<string | undefined> {
    return new Promise((resolve) => {
      const listen = (told: Told) => {
        if ("bytes" in told) {
          progress(told.bytes);
          return;
        }
        this.#worker.off("message", listen);
        resolve(told.problem);
      };
      this.#worker.on("message", listen);
      this.#worker.postMessage(file);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Bytes of all files of a package. */
export function packageSize({ files }: Pick<PackageManifest, "files">): number {
  return Object.values(files).reduce((sum, { size }) => sum + size, 0);
}

/**
 * Hashes every file of a package, several at a time.
 * @returns a sentence for each file that is missing, no file, too short or too long, or damaged
 */
export async function damagedFiles(
  { folder, files }: PackageFiles,
  progress: (bytes: number) => void,
): Promise<string[]> {
  // The longest first, so that the threads end at about the same time.
  const queue = Object.entries(files).sort(([, a], [, b]) => a.size - b.size);
  const damaged: string[] = [];
  const work = async (hasher: Hasher) => {
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const [path, expected] = entry;
      const problem = await hasher.check({ folder, path, expected }, progress);
      if (problem !== undefined) damaged.push(problem);
    }
    await hasher.stop();
  };
  const count = Math.max(1, Math.min(mostWorkers, availableParallelism(), queue.length));
  await Promise.all(Array.from({ length: count }, () => work(new Hasher())));
  return damaged.sort();
}

/** Sentences about files of a package, those about a model's weights with its name: for people a file's says nothing. */
export function withModels(
  problems: readonly string[],
  { images, models }: Pick<PackageManifest, "images" | "models">,
): string[] {
  // The image with the models is the first, and they are its lowest layers.
  const layers = images[0]?.layers ?? [];
  const modelOf = new Map(
    models.flatMap(({ name }, index) => (layers[index]?.files ?? []).map((path) => [path, name])),
  );
  return problems.map((problem) => {
    const model = modelOf.get(problem.split(" ", 1)[0] ?? "");
    return model === undefined ? problem : `${problem} (weights of ${model})`;
  });
}

/** What lies among a package's files and is none of them; nobody vouches for it, and nothing uses it. */
export async function otherFiles({ folder, files }: PackageFiles): Promise<string[]> {
  const known = new Set([manifestName, signatureName]);
  const folders = new Set(["."]);
  for (const file of Object.keys(files))
    for (let path = file; path !== "."; path = dirname(path)) {
      known.add(path);
      folders.add(dirname(path));
    }
  const found = await Promise.all(
    [...folders].map(async (path) =>
      (await readdir(join(folder, path)).catch(() => [])).map((name) => join(path, name)),
    ),
  );
  return found
    .flat()
    .filter((path) => !known.has(path))
    .sort();
}
