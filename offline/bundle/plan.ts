import { docker } from "../../engine/docker.ts";
import { engineImageName, type ImageContents } from "../../docker/identity.ts";
import { stagedLayers, type StagedLayer } from "../../docker/weights-layer.ts";
import { totalSize } from "../../ollama/manifest.ts";
import type { StagedModel } from "../../ollama/staged-store.ts";
import { hashFile, sizeOf } from "../../support/hashing.ts";
import { MiB, sum } from "../../support/units.ts";
import { contentsOf, type ReadManifest } from "../package/manifest.ts";
import type { PackageWriter } from "../package/package-writer.ts";
import { knownBase } from "./base-layers.ts";
import { knownContents, weightsOn, weightsPath } from "./pack-image.ts";
import type { Tools } from "./pack-tools.ts";

/** What a package is to be made of, as far as it takes room. */
export interface Planned {
  readonly contents: Pick<ImageContents, "baseImage">;
  readonly beside: readonly { readonly source: string }[];
  readonly staged: readonly StagedModel[];
  readonly tools: Pick<Tools, "node" | "versions">;
  readonly since: ReadManifest | undefined;
}

/** What becomes of a package's folder. */
export interface PackagePlan {
  /** Paths of parts that are there and stay. */
  readonly staying: readonly string[];
  readonly stayingBytes: number;
  /** What has to be written at most. */
  readonly missingBytes: number;
  /** Bytes of the parts that are removed first. */
  readonly leavingBytes: number;
}

/** More than npm packages, Pulumi and plugins were seen to take as archives. */
const archiveBytes = 175 * MiB;

/** More than documents, the program and the usher's layer were seen to take. */
const otherBytes = 4 * MiB;

type Part = Pick<PackagePlan, "staying" | "missingBytes">;

/** Finds out what of a package is in its folder already, and what is still to be written; changes nothing. */
export async function planPackage(sources: Planned, writer: PackageWriter): Promise<PackagePlan> {
  const { contents, beside, since } = sources;
  const known = knownContents(writer, since);
  const parts = [await planNode(sources, writer), planArchives(sources)];
  for (const layer of stagedLayers(sources.staged)) parts.push(await planWeights(layer, since, writer));
  for (const source of [contents.baseImage, ...beside.map((image) => image.source)]) {
    const layers = (await knownBase(source, known))?.layers.flatMap(({ files }) => files);
    parts.push({ staying: layers ?? [], missingBytes: layers === undefined ? await sizeInEngine(source) : 0 });
  }
  const staying = [...new Set(parts.flatMap((part) => part.staying))];
  const sizes = await Promise.all(staying.map((path) => writer.sizeOfKept(path)));
  const leaving = await writer.leaving(staying);
  return {
    staying,
    stayingBytes: sum(sizes),
    missingBytes: sum(parts.map(({ missingBytes }) => missingBytes)) + otherBytes,
    leavingBytes: sum(leaving.map(({ size }) => size)),
  };
}

async function planWeights(layer: StagedLayer, since: Planned["since"], writer: PackageWriter): Promise<Part> {
  if (weightsOn(since, layer) !== undefined) return { staying: [], missingBytes: 0 };
  const path = weightsPath(layer);
  const whole = await writer.keptAt(path);
  if (whole !== undefined) return { staying: whole.files, missingBytes: 0 };
  const staying = await writer.keptParts(path);
  const sizes = await Promise.all(staying.map((part) => writer.sizeOfKept(part)));
  return { staying, missingBytes: Math.max(0, totalSize({ blobs: layer.own }) - sum(sizes)) };
}

async function planNode({ tools: { node }, since }: Planned, writer: PackageWriter): Promise<Part> {
  const digest = await hashFile(node, () => undefined);
  if (since !== undefined && contentsOf(since).some((content) => content.digest === digest))
    return { staying: [], missingBytes: 0 };
  const kept = await writer.kept(digest);
  return kept === undefined
    ? { staying: [], missingBytes: (await sizeOf(node)) ?? 0 }
    : { staying: kept.files, missingBytes: 0 };
}

/** Archives are always written anew, but for those that the host has. */
function planArchives({ tools: { versions }, since }: Planned): Part {
  const same = since !== undefined && Object.entries(versions).every(([name, text]) => since.versions[name] === text);
  return { staying: [], missingBytes: same ? 0 : archiveBytes };
}

/** What an image's layers take unpacked; the size that containerd's store tells counts what was downloaded as well. */
async function sizeInEngine(image: string): Promise<number> {
  const sizes = await docker("history", "--human=false", "--format", "{{.Size}}", engineImageName(image));
  return sum(sizes.split("\n").map(Number));
}
