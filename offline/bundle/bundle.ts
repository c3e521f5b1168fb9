import { join } from "node:path";
import { ensureImage } from "../../commands/support/base-image.ts";
import { docker } from "../../commands/support/docker.ts";
import { stagedModel, stageModel } from "../../commands/support/stage-model.ts";
import { formatBytes } from "../../components/units.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { imageContents, imageName, type ImageContents } from "../../docker/identity.ts";
import type { StagedModel } from "../../docker/weights-layer.ts";
import { Failure } from "../../ollama/failure.ts";
import { sha256, totalSize } from "../../ollama/manifest.ts";
import { bundleSbom } from "./bundle-sbom.ts";
import type { BundleOptions } from "./bundle-options.ts";
import { packDocuments } from "./documents.ts";
import {
  canonical,
  manifestName,
  readManifest,
  type PackagedImage,
  type PackageManifest,
  type ReadManifest,
} from "../package/manifest.ts";
import { hostNeeds } from "../package/needs.ts";
import { contentsOn, packEmbeddedImage } from "./pack-image.ts";
import { findTools, packTools, type Tools } from "./pack-tools.ts";
import { packageFolder, PackageWriter } from "../package/package-writer.ts";
import { rehearse } from "./rehearsal.ts";
import { signFile } from "./signature.ts";
import { requireSpace } from "./space.ts";
import { packageSize } from "../package/verify.ts";
import { writeArchive } from "./archive.ts";

/** Everything a package is made of, before it is made. */
interface Sources {
  readonly options: BundleOptions;
  readonly config: ResolvedConfig;
  readonly contents: ImageContents;
  readonly staged: StagedModel;
  readonly tools: Tools;
  readonly since: ReadManifest | undefined;
}

/**
 * Makes a package: a folder, or one archive, with its signature when there is a key.
 *
 * The manifest, without which a folder is no package, comes after the stack has passed its rehearsal.
 * @throws Failure before a byte is written when the disk is too small
 */
export async function bundle(options: BundleOptions, config: ResolvedConfig): Promise<void> {
  const sources = await gather(options, config);
  await checkSpace(sources, await packageFolder(options.out));
  const writer = await PackageWriter.open(options.out, options.partSize);
  const manifest = await pack(sources, writer);
  await writer.removeStale();
  await writer.writeManifest(canonical(manifest));
  if (options.sign !== undefined) await signFile(join(options.out, manifestName), options.sign);
  await writer.close();
  const size = packageSize(manifest);
  const place = options.archive ? await writeArchive(options.out, size) : options.out;
  const files = Object.keys(manifest.files).length;
  process.stdout.write(`${place}: ${files} files, ${formatBytes(size)}, ${signed(options)}\n`);
}

function signed({ sign }: BundleOptions): string {
  if (sign !== undefined) return `signed with ${sign}`;
  return "NOT SIGNED: whoever has it in hands can change it unseen, and deploy.sh takes it with --allow-unsigned only";
}

async function gather(options: BundleOptions, config: ResolvedConfig): Promise<Sources> {
  const { baseImage, model } = config;
  const { digest } = model;
  if (config.delivery !== "embedded" || digest === undefined)
    throw new Failure(
      `The stack ${options.stack} downloads its model on the host (delivery pull): ` +
        "a package needs delivery embedded, which puts the model into the image",
    );
  const since = options.since === undefined ? undefined : await readManifest(options.since);
  if (since !== undefined && since.stack !== options.stack)
    throw new Failure(`${options.since} is of the stack ${since.stack}, not of ${options.stack}`);
  await packageFolder(options.out);
  const tools = await findTools();
  const staged = (await stagedModel(config)) ?? (await stageModel(config));
  await ensureImage(baseImage);
  const contents = imageContents({ baseImage, model: { ...model, digest } });
  return { options, config, contents, staged, tools, since };
}

async function checkSpace({ contents, staged, since, options }: Sources, present: number): Promise<void> {
  const sameImage = since?.images.some(({ name }) => name === imageName(contents)) ?? false;
  const size = Number(await docker("image", "inspect", "--format", "{{.Size}}", contents.baseImage));
  const base = sameImage ? 0 : size;
  const weights = since?.model.digest === staged.manifest.digest ? 0 : totalSize(staged.manifest);
  const whole = weights + base + (since === undefined ? toolBytes : 0) + documentBytes;
  const missing = Math.max(0, whole - present);
  await requireSpace(options.out, missing + (options.archive ? whole : 0), "the package");
}

/** More than the tools, and the rest, were seen to take. */
const toolBytes = 300 * 1024 * 1024;
const documentBytes = 2 * 1024 * 1024;

async function pack(sources: Sources, writer: PackageWriter): Promise<PackageManifest> {
  const { options, config, contents, staged, tools, since } = sources;
  const created = new Date().toISOString();
  // Side by side: one waits for the disk and for the rehearsal, the other computes.
  const [image, packedTools] = await bothOrFailure(
    packAndRehearse(sources, writer),
    packTools(writer, tools, since && contentsOn(since)),
  );
  await packDocuments(writer, staged, contents.notice);
  const versions = { ...tools.versions, ollama: await ollamaVersion(contents.baseImage) };
  const { name, digest } = { name: staged.model, digest: staged.manifest.digest };
  const model = { name, digest, blobs: staged.manifest.blobs };
  await writer.writeFile("sbom.cdx.json", await bundleSbom({ created, versions, image, contents, model }));
  return {
    format: 1,
    created,
    stack: options.stack,
    config: sha256(JSON.stringify(config)),
    requires: since?.digest ?? null,
    rehearsal: options.rehearsal,
    versions,
    model,
    needs: hostNeeds(config, staged.manifest, [image], Object.values(packedTools), created),
    images: [image],
    tools: packedTools,
    files: writer.files,
  };
}

async function packAndRehearse(sources: Sources, writer: PackageWriter): Promise<PackagedImage> {
  const { options, contents, staged, since } = sources;
  const image = await packEmbeddedImage(writer, contents, staged, since);
  await rehearse(options, image);
  return image;
}

/** Waits for both, so that neither goes on behind the back of a failure of the other. */
async function bothOrFailure<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

async function ollamaVersion(image: string): Promise<string> {
  const said = await docker("run", "--rm", "--network", "none", image, "--version").catch(() => "");
  return /\d+\.\d+\.\d+\S*/.exec(said)?.[0] ?? "unknown";
}
