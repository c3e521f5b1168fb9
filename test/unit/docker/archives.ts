import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { extract, pack, type Header } from "tar-stream";

/** An entry of a tar archive as it was read back. */
export interface Entry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly mtime: number;
  readonly owner: readonly unknown[];
  readonly content: Buffer;
}

/** All bytes of a stream. */
export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

/** What is in a tar archive. */
export async function entriesOf(archive: Uint8Array): Promise<Entry[]> {
  const reader = extract();
  reader.end(archive);
  const entries: Entry[] = [];
  for await (const entry of reader) {
    const { name, type, mode, mtime, uid, gid, uname, gname } = entry.header;
    const content = await bytesOf(entry as AsyncIterable<Uint8Array>);
    entries.push({ name, type, mode, mtime: mtime.getTime(), owner: [uid, gid, uname, gname], content });
  }
  return entries;
}

/** Entries as `type name`, in their order. */
export function listed(entries: readonly Entry[]): string[] {
  return entries.map(({ name, type }) => `${type} ${name}`);
}

/** The contents of the files among some entries, by name. */
export function filesOf(entries: readonly Entry[]): Record<string, string> {
  const files = entries.filter(({ type }) => type === "file");
  return Object.fromEntries(files.map(({ name, content }) => [name, content.toString()]));
}

/** Entries that do not have the time, the owner and the mode that all have to have. */
export function unlike(entries: readonly Entry[]): Entry[] {
  return entries.filter(
    ({ type, mode, mtime, owner }) =>
      mtime !== 0 || owner.join() !== "0,0,," || mode !== (type === "directory" ? 0o755 : 0o644),
  );
}

/** An entry of a tar archive to be made. */
export type NewEntry = Partial<Header> & { readonly name: string; readonly content?: string | Uint8Array };

/** Makes a tar archive, not with the code under test. */
export async function archiveOf(entries: readonly NewEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = "", ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return buffer(archive);
}

/** The errors that nobody caught while something was done and shortly after. */
export async function leaksOf(work: () => Promise<unknown>): Promise<unknown[]> {
  const leaks: unknown[] = [];
  const note = (error: unknown) => leaks.push(error);
  process.on("unhandledRejection", note).on("uncaughtException", note);
  try {
    await work();
    await setTimeout(20);
    return leaks;
  } finally {
    process.off("unhandledRejection", note).off("uncaughtException", note);
  }
}
