import { join } from "node:path";
import { ensureImage } from "../../engine/ensure-image.ts";
import { stagedOrStage } from "../../ollama/stage-model.ts";
import { formatBytes } from "../../support/units.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { imageContents, layout, type ImageContents } from "../../docker/identity.ts";
import type { StagedModel } from "../../ollama/staged-store.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { forImage } from "../../docker/notices-layer.ts";
import { sha256 } from "../../support/hashing.ts";
import { bundleSbom, type SourcedImage } from "./bundle-sbom.ts";
import type { BundleOptions } from "./bundle-options.ts";
import { countInodes } from "./count-inodes.ts";
import { packDocuments } from "./documents.ts";
import { furtherNeedsName } from "../package/further-needs.ts";
import {
  canonical,
  contentsOf,
  manifestName,
  readManifest,
  type Content,
  type PackageManifest,
  type ReadManifest,
} from "../package/manifest.ts";
import { furtherNeeds, hostNeeds } from "../package/needs.ts";
import { gatewayImages, type PackedFrom } from "./gateway-images.ts";
import { packedMonitoring, packedWatcher } from "./monitoring-images.ts";
import { contentsOn, packEmbeddedImage, packGatewayImage } from "./pack-image.ts";
import { findTools, packTools, type Tools } from "./pack-tools.ts";
import { signatureName } from "../package/journal.ts";
import { packageFolder, PackageWriter } from "../package/package-writer.ts";
import { rehearse } from "./rehearsal.ts";
import { programIn } from "./program-version.ts";
import { packStartProgram } from "./start-program.ts";
import { signFile, trySigning } from "./signature.ts";
import { planPackage } from "./plan.ts";
import { requireSpace } from "./space.ts";
import { packageSize } from "../package/verify.ts";
import { refuseOtherArchive, writeArchive } from "./archive.ts";

/** Everything a package is made of, before it is made. */
interface Sources {
  readonly options: BundleOptions;
  readonly config: ResolvedConfig;
  readonly contents: ImageContents;
  /** Images beside the server's: those of the gateway, the monitoring and the watcher. */
  readonly beside: readonly PackedFrom[];
  /** The models, in their order. */
  readonly staged: readonly StagedModel[];
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
  if (options.sign !== undefined) await trySigning(options.sign);
  const sources = await gather(options, config);
  const writer = await PackageWriter.look(options.out, options.partSize);
  const plan = await planPackage(sources, writer);
  await requireSpace(options, plan);
  await writer.begin(plan.staying);
  const manifest = await pack(sources, writer);
  await writer.removeStale();
  await writer.writeManifest(canonical(manifest));
  if (options.sign !== undefined) await signFile(join(options.out, manifestName), options.sign);
  await writer.close();
  const size = packageSize(manifest);
  const place = options.archive ? await writeArchive(options.out, pathsOf(manifest, options), size) : options.out;
  const files = Object.keys(manifest.files).length;
  process.stdout.write(`${place}: ${files} files, ${formatBytes(size)}, ${signed(options)}\n`);
}

function pathsOf({ files }: PackageManifest, { sign }: BundleOptions): string[] {
  return [...Object.keys(files), manifestName, ...(sign === undefined ? [] : [signatureName])];
}

function signed({ sign }: BundleOptions): string {
  if (sign !== undefined) return `signed with ${sign}`;
  return "NOT SIGNED: whoever has it in hands can change it unseen, and deploy.sh takes it with --allow-unsigned only";
}

async function gather(options: BundleOptions, config: ResolvedConfig): Promise<Sources> {
  const { baseImage } = config;
  if (config.delivery !== "embedded")
    throw new Failure(
      `The stack ${options.stack} downloads its models on the host (delivery pull): ` +
        "a package needs delivery embedded, which puts the models into the image",
      exitStatus.refused,
    );
  const since = options.since === undefined ? undefined : await readManifest(options.since);
  if (since !== undefined && since.stack !== options.stack)
    throw new Failure(`${options.since} is of the stack ${since.stack}, not of ${options.stack}`, exitStatus.refused);
  await packageFolder(options.out);
  if (options.archive) await refuseOtherArchive(options.out);
  const tools = await findTools();
  const staged = await stagedOrStage(config);
  await ensureImage(baseImage);
  const beside = [
    ...(await gatewayImages(config)),
    ...(await packedMonitoring(config)),
    ...(await packedWatcher(config)),
  ];
  const contents = imageContents(config);
  return { options, config, contents, beside, staged, tools, since };
}

async function pack(sources: Sources, writer: PackageWriter): Promise<PackageManifest> {
  const { options, config, contents, staged, tools, since } = sources;
  const created = new Date().toISOString();
  // Side by side: one waits for the disk and for the rehearsal, the other computes.
  const [packed, packedTools] = await bothOrFailure(
    packAndRehearse(sources, writer),
    packTools(writer, tools, since && contentsOn(since)),
  );
  await packStartProgram(writer);
  const bundled = packed.flatMap(({ packages }) => packages);
  const node =
    carries([packedTools.node]) ||
    packed.some(({ program, image }) => program.name === "node" && carries(image.layers));
  await packDocuments(writer, { models: forImage(staged, contents.models), node, bundled });
  const programs = packed.map(({ program: { name, version } }) => [name, version] as const);
  // Node is that of the tools; the SBOM tells the usher's.
  const versions = { ...Object.fromEntries(programs), ...tools.versions };
  const models = staged.map(({ model: name, manifest: { digest, blobs } }) => ({ name, digest, blobs }));
  await writer.writeFile(
    "sbom.cdx.json",
    await bundleSbom({ created, versions: tools.versions, images: packed, models }),
  );
  const images = packed.map(({ image }) => image);
  const source = { folder: options.out, files: writer.files };
  const inodes = await countInodes(source, contentsOf({ images, tools: packedTools }));
  await writer.writeFile(furtherNeedsName, `${JSON.stringify(furtherNeeds(config, inodes), undefined, 2)}\n`);
  return {
    format: 1,
    created,
    stack: options.stack,
    config: sha256(JSON.stringify(config)),
    requires: since?.digest ?? null,
    rehearsal: options.rehearsal,
    layout,
    versions,
    models,
    needs: hostNeeds(
      config,
      staged.map(({ manifest }) => manifest),
      images,
      Object.values(packedTools),
      created,
    ),
    images,
    tools: packedTools,
    files: writer.files,
  };
}

/** Whether the package has something of some contents, which is left out where the host has it. */
function carries(contents: readonly (Content | undefined)[]): boolean {
  return contents.some((content) => content !== undefined && content.files.length > 0);
}

async function packAndRehearse(sources: Sources, writer: PackageWriter): Promise<SourcedImage[]> {
  const { options, contents, beside, staged, since } = sources;
  const embedded = await packEmbeddedImage(writer, contents, staged, since);
  const ollama = await programIn(contents.baseImage, { name: "ollama", command: ["ollama", "--version"] });
  const packed: SourcedImage[] = [{ image: embedded, source: contents.baseImage, program: ollama, packages: [] }];
  for (const { program, packages, ...from } of beside) {
    const image = await packGatewayImage(writer, from, since);
    packed.push({ image, source: from.source, program: await programIn(from.source, program), packages });
  }
  await rehearse(
    options,
    { folder: options.out, files: writer.files },
    packed.map(({ image }) => image),
  );
  return packed;
}

/** Waits for both, so that neither goes on behind the back of a failure of the other. */
async function bothOrFailure<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
