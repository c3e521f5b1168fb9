import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SavedImage, type ImageDescription } from "../docker/saved-image.ts";
import { tar, type TarEntry } from "../docker/tar.ts";
import { layerFile } from "../docker/load-archive.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { docker, spawnDocker, tryDocker } from "./docker.ts";
import { ownName } from "./image-owners.ts";
import { hasContainerdStore, isWhole, layersOf, presentLayers } from "./layers.ts";
import { Progress, say, withHeartbeat } from "../support/progress.ts";

/** An uncompressed layer that can be read at any time. */
export interface ReadableLayer {
  /** Digest of its content. */
  readonly digest: string;
  /** Length in bytes. */
  readonly size: number;
  /** Reads it from the start. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Reads an image out of the engine; Docker is stopped when the reading stops early. */
export function saveImage(image: string): Pick<SavedImage, "layers" | "description"> {
  const { child, exited } = spawnDocker(["save", image]);
  const saved = new SavedImage(child.stdout);
  const layers = async function* () {
    try {
      yield* saved.layers();
      await exited;
    } finally {
      child.kill();
    }
  };
  return { layers, description: () => saved.description() };
}

/** Reads through an image in the engine for what is said at its end. */
export async function describeImage(image: string): Promise<ImageDescription> {
  const saved = saveImage(image);
  for await (const { content } of saved.layers()) await skip(content);
  return saved.description();
}

/** Reads on to the end of an entry of {@link saveImage} that is not wanted. */
export async function skip(content: TarEntry["content"]): Promise<void> {
  if (content === undefined || typeof content === "string" || content instanceof Uint8Array) return;
  const reader = content[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
}

/** What an engine with containerd's store says of layers that are missing, with an exit status of 0. */
const notUnpacked = /Error unpacking image .*/s;

/** Feeds a docker command that reads standard input. */
async function feed(what: string, args: readonly string[], source: AsyncIterable<Uint8Array>): Promise<void> {
  const { child, exited } = spawnDocker(args);
  const said = text(child.stdout);
  // What Docker says when it closes the pipe early is in `exited`.
  child.stdin.on("error", () => undefined);
  const ended = exited.then(
    () => undefined,
    () => undefined,
  );
  try {
    for await (const chunk of source) {
      if (!child.stdin.writable) break;
      if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, "drain").catch(() => undefined), ended]);
    }
  } catch (error) {
    // Before the pipe is closed, so that Docker never takes what it got so far for the whole.
    child.kill("SIGKILL");
    throw error;
  }
  child.stdin.end();
  await withHeartbeat(what, exited);
  const [failure] = notUnpacked.exec(await said) ?? [];
  if (failure !== undefined) throw new Failure(failure.trim());
}

/** An image to be put into the engine. */
export interface LoadableImage {
  /** What the engine calls it, for messages. */
  readonly name: string;
  /** Whose it becomes; nobody's in particular for a checkout. */
  readonly owner?: string | undefined;
  /** Layer at the bottom, the large one. */
  readonly lowest: ReadableLayer;
  /**
   * The rest of a `docker load` archive: the other layers and its end.
   * @param everything - whether layers that the engine has may not be left out
   */
  readonly rest: (everything: boolean) => AsyncIterable<TarEntry>;
}

/** Puts an image into the engine, writing its lowest layer once where the engine allows it. */
export async function loadImage({ name, owner, lowest, rest }: LoadableImage): Promise<void> {
  const temporary = temporaryName(lowest.digest, owner);
  const byContent = await hasContainerdStore();
  const present = (await presentLayers([lowest.digest])) > 0;
  if (!present && !byContent) await importLayer(lowest, temporary);
  const load = async (everything: boolean) => {
    const entries = async function* () {
      if (everything) yield layerEntry(lowest);
      yield* rest(everything);
    };
    await feed(`Loading ${name}`, ["load", "--quiet"], tar(entries()));
  };
  await orNothing({ name, owner }, async () => {
    await load(!present && byContent).catch((error: unknown) => {
      if (!present || !byContent || !(error instanceof Failure)) throw error;
    });
    if (!(await isWhole(name))) {
      say(`The engine does not take ${name} without the layers that it has; sending them all`);
      await load(true);
    }
  });
  await forgetLayer(lowest.digest, owner);
}

/** Puts an image of small layers into the engine, from a `docker load` archive that has all of them. */
export async function loadSmallImage(name: string, entries: AsyncIterable<TarEntry>): Promise<void> {
  await orNothing({ name }, async () => {
    await feed(`Loading ${name}`, ["load", "--quiet"], tar(entries));
    if (!(await isWhole(name))) throw new Failure("the engine has not taken all of it");
  });
}

/** Does what loads an image, and leaves nothing of the image where Docker could not. */
async function orNothing(
  { name, owner }: Pick<LoadableImage, "name" | "owner">,
  load: () => Promise<void>,
): Promise<void> {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await removeBroken(name, owner);
    throw new Failure(`Docker could not load ${name}: ${reasonOf(error)}`, error.status);
  }
}

/** Removes what containerd's store keeps of an image that it could not unpack, and that cannot be run. */
async function removeBroken(name: string, owner: string | undefined): Promise<void> {
  const names = owner === undefined ? [name] : [name, ownName(name, owner)];
  if (await isWhole(name)) return;
  for (const each of names) await tryDocker("rmi", each);
}

/** Each owner's own, so that nobody takes away what another one has half loaded. */
const temporaryName = (digest: string, owner: string | undefined) =>
  `localhost/gemma/layer:${[digest.slice(-12), ...(owner === undefined ? [] : [owner])].join("-")}`;

/** Takes away the name that {@link loadImage} gives an image's lowest layer; one that a killed run has left would keep it for ever. */
export async function forgetLayer(digest: string, owner?: string): Promise<void> {
  await tryDocker("rmi", "--no-prune", temporaryName(digest, owner));
}

/** Takes away the names of all that killed runs of an owner have half loaded. */
export async function forgetLayersOf(owner: string): Promise<void> {
  const reference = `reference=${temporaryName("*", owner)}`;
  const names = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", reference);
  for (const name of names.split("\n").filter((line) => line !== "")) await tryDocker("rmi", name);
}

/** A layer as an entry of a `docker load` archive. */
export function layerEntry({ digest, size, open }: ReadableLayer): TarEntry {
  return withProgress({ header: { name: layerFile(digest), size }, content: open() });
}

/** Shorter layers are not worth a word, bytes. */
const shortest = 1024 * 1024;

/** The same entry, whose reading shows progress. */
export function withProgress(entry: TarEntry, label = "Sending a layer to the engine"): TarEntry {
  const { header, content } = entry;
  if (content === undefined || typeof content === "string" || content instanceof Uint8Array) return entry;
  if ((header.size ?? 0) < shortest) return entry;
  return { header, content: shown(label, header.size ?? 0, content) };
}

async function* shown(label: string, size: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  using progress = new Progress(label, size);
  for await (const chunk of source) {
    progress.add(chunk.length);
    yield chunk;
  }
}

/** `docker load` first unpacks a copy of the whole archive, twice the disk and the time; `docker import` makes the same layer as it reads. */
async function importLayer({ digest, size, open }: ReadableLayer, name: string): Promise<void> {
  const source = shown("Sending the model to the engine", size, open());
  await feed("Storing the model in the engine", ["import", "-", name], source);
  const [actual] = (await layersOf(name)) ?? [];
  if (actual === digest) return;
  await tryDocker("rmi", name);
  throw new Failure(`The engine made the layer ${String(actual)} of what should have become ${digest}`);
}
