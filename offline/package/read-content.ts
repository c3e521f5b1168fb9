import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { Failure } from "../../support/failure.ts";
import type { Content } from "./manifest.ts";

const chunkSize = 1024 * 1024;

async function* joined(folder: string, files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* createReadStream(join(folder, file), { highWaterMark: chunkSize });
}

/**
 * Reads the uncompressed bytes of a content from a package, file after file, without joining them on disk.
 * @throws Failure, at its end, when the bytes are not what the manifest says
 */
export async function* readContent(folder: string, content: Content): AsyncGenerator<Uint8Array> {
  const { digest, compression, files } = content;
  const stored = joined(folder, files);
  // Whoever reads gets the error, also that of a stream which ends too early.
  const bytes: AsyncIterable<Uint8Array> =
    compression === "none" ? stored : pipeline(stored, createZstdDecompress({ chunkSize }), () => undefined);
  const hash = createHash("sha256");
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest)
    throw new Failure(`${files[0]} in ${folder} has the content ${actual}, and ${digest} was expected`);
}
