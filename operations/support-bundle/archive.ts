import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { createGzip, gzipSync } from "node:zlib";
import { tar } from "../../docker/tar.ts";
import { formatBytes, MiB } from "../../support/units.ts";
import { removed } from "./scrubber.ts";

/** Most that an archive may have, as what is carried out goes through mail and reviews. */
export const mostBytes = 20 * MiB;

/** A file of the archive, and what is in it. */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
  readonly about: { readonly en: string; readonly ko: string };
  /** Whether its oldest lines may be left out. */
  readonly log?: boolean;
}

/** Leaves out the oldest lines of the largest logs until all fit; says so at the top of each. */
export function withinSize(files: readonly BundleFile[], most = mostBytes): BundleFile[] {
  const sizes = new Map(files.map((file) => [file.path, { file, left: 0, size: packedSize(file.text) }]));
  // Headers of the archive, and the list of contents.
  const room = most - 64 * 1024 - files.length * 1024;
  for (;;) {
    const all = [...sizes.values()];
    if (all.reduce((sum, { size }) => sum + size, 0) <= room) break;
    const logs = all.filter(({ file }) => file.log === true).sort((a, b) => b.size - a.size);
    const [largest] = logs;
    const lines = largest?.file.text.split("\n") ?? [];
    if (largest === undefined || lines.length < 3) break;
    const cut = Math.ceil(lines.length / 2);
    const text = lines.slice(cut).join("\n");
    sizes.set(largest.file.path, { file: { ...largest.file, text }, left: largest.left + cut, size: packedSize(text) });
  }
  return [...sizes.values()].map(({ file, left }) =>
    left === 0
      ? file
      : {
          ...file,
          text: `${removed(`the ${left} oldest lines, for the archive to have no more than ${formatBytes(most)}`)}\n${file.text}`,
        },
  );
}

function packedSize(text: string): number {
  return gzipSync(text, { level: 6 }).length;
}

/** The archive of some files in one folder, as bytes. */
export function packed(folder: string, files: readonly Pick<BundleFile, "path" | "text">[]): Promise<Buffer> {
  const entries = files.map(({ path, text }) => ({
    header: { name: `${folder}/${path}` },
    content: Buffer.from(text),
  }));
  return buffer(tar(entries).pipe(createGzip({ level: 6 })));
}

/** Hexadecimal sha256 of a text. */
export function sha256Of(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}
