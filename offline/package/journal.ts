import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { writeDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { say } from "../../support/progress.ts";
import { hashFile, sizeOf } from "../../support/hashing.ts";
import {
  contentSchema,
  contentsOf,
  fileSchema,
  manifestName,
  manifestProblem,
  parsePackageManifest,
  pathSchema,
  type Content,
  type PackageFile,
  type PackageManifest,
} from "./manifest.ts";

/** Beside the files while a package is being written; a folder with it is not a package. */
export const journalName = "unfinished.json";

/** Signature of the manifest, as `ssh-keygen -Y sign` names it. */
export const signatureName = `${manifestName}.sig`;

const entriesSchema = z.strictObject({
  /** Contents that are complete, by digest. */
  contents: z.record(z.string(), contentSchema),
  /** Files that are complete, by path. */
  files: z.record(pathSchema, fileSchema),
});

type Entries = Readonly<z.infer<typeof entriesSchema>>;

/** Keeps account of what of a package is on the disk already, so that an interrupted run goes on where it stopped. */
export class Journal {
  readonly #folder: string;
  readonly #entries: Entries;
  /** Files that were read back. */
  readonly #whole = new Set<string>();
  readonly #damaged = new Set<string>();
  #saved: Promise<void> = Promise.resolve();

  private constructor(folder: string, entries: Entries) {
    this.#folder = folder;
    this.#entries = entries;
  }

  /** Reads the journal of a folder, or what a finished package there lends to the new one. */
  static async read(folder: string): Promise<Journal> {
    const unfinished = await readFile(join(folder, journalName), "utf8").catch(() => undefined);
    const finished = await readFile(join(folder, manifestName), "utf8").catch(() => undefined);
    return new Journal(folder, parseEntries(unfinished) ?? entriesOf(finished, folder) ?? { contents: {}, files: {} });
  }

  /** Begins to keep account; a finished package in the folder becomes unfinished. */
  async begin(): Promise<void> {
    await this.#save();
    await rm(join(this.#folder, manifestName), { force: true });
    await rm(join(this.#folder, signatureName), { force: true });
  }

  /** A file as it was written; undefined when it was not, or when the disk does not give back what was written. */
  async file(path: string): Promise<PackageFile | undefined> {
    const entry = this.#entries.files[path];
    if (entry === undefined || this.#damaged.has(path)) return undefined;
    if (this.#whole.has(path)) return entry;
    const file = join(this.#folder, path);
    const whole =
      (await sizeOf(file)) === entry.size && (await hashFile(file, () => undefined)) === `sha256:${entry.sha256}`;
    (whole ? this.#whole : this.#damaged).add(path);
    return whole ? entry : undefined;
  }

  /** A content all of whose files are there. */
  async content(digest: string): Promise<Content | undefined> {
    const entry = this.#entries.contents[digest];
    const files = await Promise.all((entry?.files ?? []).map((path) => this.file(path)));
    return entry !== undefined && files.length > 0 && files.every((file) => file !== undefined) ? entry : undefined;
  }

  /** As {@link content}, by the path of its parts without their numbers. */
  async contentAt(path: string): Promise<Content | undefined> {
    const found = Object.values(this.#entries.contents).find(({ files }) => files[0] === `${path}.000`);
    return found && this.content(found.digest);
  }

  /** Whether this run or an earlier one has written a file. */
  knows(path: string): boolean {
    return path in this.#entries.files;
  }

  async addFile(path: string, file: PackageFile): Promise<void> {
    const { contents, files } = this.#entries;
    // A content is not there any more once another one has taken a file of its.
    for (const content of files[path]?.sha256 === file.sha256 ? [] : Object.values(contents))
      if (content.files.includes(path)) Reflect.deleteProperty(contents, content.digest);
    files[path] = file;
    this.#damaged.delete(path);
    this.#whole.add(path);
    await this.#save();
  }

  async addContent(content: Content): Promise<void> {
    this.#entries.contents[content.digest] = content;
    await this.#save();
  }

  /** One write at a time, as contents are written side by side. */
  #save(): Promise<void> {
    const save = () => writeDurably(join(this.#folder, journalName), JSON.stringify(this.#entries));
    this.#saved = this.#saved.then(save, save);
    return this.#saved;
  }
}

/** What an earlier run wrote down; nothing of one whose account is not whole, which is made anew. */
function parseEntries(text: string | undefined): Entries | undefined {
  if (text === undefined) return undefined;
  try {
    return entriesSchema.parse(JSON.parse(text));
  } catch {
    say("The account of an interrupted run cannot be read; everything is written again");
    return undefined;
  }
}

function entriesOf(text: string | undefined, folder: string): Entries | undefined {
  if (text === undefined) return undefined;
  const manifest = readOrRefuse(text, folder);
  return {
    contents: Object.fromEntries(contentsOf(manifest).map((content) => [content.digest, content])),
    files: { ...manifest.files },
  };
}

/** A file of that name may also be something else's, whose folder is not to be cleared. */
function readOrRefuse(text: string, folder: string): PackageManifest {
  try {
    return parsePackageManifest(text, manifestName);
  } catch (error) {
    throw new Failure(
      `${folder} cannot become a package: ${manifestProblem(error)}; ` +
        "nothing was changed, empty the folder or name another one with --out",
      exitStatus.refused,
    );
  }
}
