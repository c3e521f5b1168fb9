import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import { modelsPath } from "../components/ollama-env.ts";
import { Failure } from "../ollama/failure.ts";
import type { Manifest } from "../ollama/manifest.ts";
import { blobPath, manifestPath, modelName } from "../ollama/name.ts";
import { sizeOf, type StagedStore } from "../ollama/staged-store.ts";

/** A build context to be sent to Docker. */
export interface BuildContext {
  readonly dockerfile: string;
  readonly model: string;
  readonly manifest: Manifest;
  readonly store: StagedStore;
  /** Texts of `licenses/`, by file name. */
  readonly notices: Readonly<Record<string, string>>;
}

const licenseLayer = "application/vnd.ollama.image.license";
const models = `weights${modelsPath}`;

// A fixed time makes the layer of the same weights the same bytes everywhere, whoever builds it and whenever.
const header = { mtime: new Date(0), uid: 0, gid: 0 };

function folders(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Licence texts that a model carries in its layers, and its notice. */
export async function noticesOf(
  store: StagedStore,
  manifest: Manifest,
  notice: string | null,
): Promise<Record<string, string>> {
  const texts = manifest.blobs.filter((blob) => blob.mediaType === licenseLayer);
  const licences = await Promise.all(
    texts.map(
      async ({ digest }, index) =>
        [`LICENSE${index === 0 ? "" : `.${index + 1}`}`, await readFile(store.blob(digest), "utf8")] as const,
    ),
  );
  return { ...Object.fromEntries(licences), ...(notice === null ? {} : { NOTICE: `${notice}\n` }) };
}

/**
 * Writes the context as a tar archive, hashing every blob on its way.
 * @throws Failure that names a blob which is missing or damaged; the archive then ends early, and Docker builds nothing
 */
export async function sendContext(
  context: BuildContext,
  output: Writable,
  progress: (bytes: number) => void,
): Promise<void> {
  const { dockerfile, model, manifest, store, notices } = context;
  const archive = pack();
  const sent = finished(archive.pipe(output), { readable: false });
  sent.catch(() => undefined);
  const manifestEntry = `${models}/${manifestPath(modelName(model))}`;
  const blobs = manifest.blobs.map((blob) => ({ ...blob, entry: `${models}/${blobPath(blob.digest)}` }));
  const texts = Object.entries(notices).map(([name, text]) => [`notices/licenses/${name}`, text] as const);
  const paths = [
    manifestEntry,
    ...blobs.map(({ entry }) => entry),
    ...texts.map(([name]) => name),
    "notices/licenses/",
  ];

  try {
    archive.entry({ ...header, name: "Dockerfile" }, dockerfile);
    for (const name of [...new Set(paths.flatMap(folders))].sort())
      archive.entry({ ...header, name, type: "directory", mode: 0o755 });
    archive.entry({ ...header, name: manifestEntry }, manifest.text);
    for (const [name, text] of texts) archive.entry({ ...header, name }, text);
    for (const { digest, size, entry } of blobs)
      await sendBlob(archive, sent, store, { digest, size, entry }, progress);
    archive.finalize();
    await sent;
  } catch (error) {
    archive.destroy();
    output.destroy();
    throw error;
  }
}

async function sendBlob(
  archive: Pack,
  sent: Promise<void>,
  store: StagedStore,
  { digest, size, entry }: { digest: string; size: number; entry: string },
  progress: (bytes: number) => void,
): Promise<void> {
  const file = store.blob(digest);
  const length = await sizeOf(file);
  if (length === undefined) throw new Failure(`The blob ${digest} is missing in ${store.folder}`);
  if (length !== size)
    throw new Failure(`The blob ${digest} in ${store.folder} is damaged: it has ${length} of ${size} bytes`);
  const hash = createHash("sha256");
  const sink = archive.entry({ ...header, name: entry, size });
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Uint8Array;
    hash.update(bytes);
    progress(bytes.length);
    // Racing with the end of the whole archive, because nobody drains it once Docker has stopped reading.
    if (!sink.write(bytes)) await Promise.race([once(sink, "drain"), sent]);
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest)
    throw new Failure(`The blob ${digest} in ${store.folder} is damaged: its content has the digest ${actual}`);
  sink.end(undefined);
}
