import { createHash } from "node:crypto";
import { pipeline } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { changedFile, verifiedChunks } from "./file-chunks.ts";
import type { Content, PackageManifest } from "./manifest.ts";

const chunkSize = 1024 * 1024;

/** Where the files of a package are, and what each of them is. */
export interface PackageFiles {
  readonly folder: string;
  readonly files: PackageManifest["files"];
  /** Ends what is being read of them with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the uncompressed bytes of a content from a package, file after file, without joining them on disk.
 *
 * Each file is compared with the manifest as it is read; what was made of the bytes counts only when the end was reached.
 * @throws Failure that names the file, when the bytes are not what the manifest says
 */
export async function* readContent(source: PackageFiles, content: Content): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of readFiles(source, content)) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== content.digest)
    throw new Failure(
      `${content.files[0]} in ${source.folder} has the content ${actual}, and ${content.digest} was expected`,
      exitStatus.untrusted,
    );
}

/** As {@link readContent}, for whoever hashes the content as a whole: each file was compared, their sequence was not. */
export async function* readFiles(
  { folder, files, signal }: PackageFiles,
  { compression, files: parts }: Content,
): AsyncGenerator<Uint8Array> {
  let reading = parts[0] ?? "";
  const stored = function* () {
    for (const path of parts) {
      reading = path;
      yield* verifiedChunks(folder, path, files[path]);
    }
  };
  // Whoever reads gets the error, also that of a stream which ends too early.
  const bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array> =
    compression === "none" ? stored() : pipeline(stored(), createZstdDecompress({ chunkSize }), () => undefined);
  try {
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    // What was packed can be unpacked.
    throw changedFile(`${reading} cannot be unpacked (${reasonOf(error)})`);
  }
}
