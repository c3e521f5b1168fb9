import { modelsText } from "../config/model-name.ts";
import type { BuildInput } from "../components/embedded-image.ts";
import { embeddedParts } from "../docker/embedded-image.ts";
import { imageIdentity, type EmbeddedModel } from "../docker/identity.ts";
import { stagedLayers } from "../docker/weights-layer.ts";
import { isBuilt } from "../engine/built-image.ts";
import { docker } from "../engine/docker.ts";
import { ensureImage } from "../engine/ensure-image.ts";
import { entriesOnBase } from "../engine/image-on-base.ts";
import { forgetLayer, layerEntry, loadImage } from "../engine/images.ts";
import { layersOf } from "../engine/layers.ts";
import { totalSize } from "../ollama/manifest.ts";
import { stagedFolder } from "../ollama/staged-folder.ts";
import { StagedStore, type StagedModel } from "../ollama/staged-store.ts";
import { Failure } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";
import { Progress, say } from "../support/progress.ts";
import { formatBytes, sum } from "../support/units.ts";

await main(async () => {
  const input = await readInput<BuildInput>();
  if (await isBuilt(input.image, imageIdentity(input))) {
    say(`${input.image} is in the engine; nothing to build`);
    const [lowest] = (await layersOf(input.image)) ?? [];
    if (lowest !== undefined) await forgetLayer(lowest);
  } else await build(input);
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", input.image));
});

/** Puts the image together from the base in the engine and the staged models; nothing of it stays when a blob is wrong. */
async function build(input: BuildInput): Promise<void> {
  const { image, baseImage, models } = input;
  const staged: StagedModel[] = [];
  for (const model of models) staged.push(await stagedModel(image, model));
  const reference = await ensureImage(baseImage);
  const size = sum(stagedLayers(staged).map(({ own }) => totalSize({ blobs: own })));
  say(`Building ${image}: ${formatBytes(size)} of ${modelsText(models)} below ${baseImage}`);
  const { weights, notices, configOn } = await checked(input, staged, size);
  const [lowest, ...upper] = weights;
  if (lowest === undefined) throw new Failure(`${image} has no model`);
  const rest = async function* () {
    for (const layer of upper) yield layerEntry(layer);
    yield* entriesOnBase(reference, { name: image, top: notices, below: weights, configOn });
  };
  await loadImage({ name: image, lowest, rest });
}

async function stagedModel(image: string, { name, digest }: EmbeddedModel): Promise<StagedModel> {
  const store = new StagedStore(stagedFolder);
  const manifest = await store.manifest(name);
  if (manifest?.digest === digest) return { model: name, manifest, store };
  const state = manifest === undefined ? "is not staged" : `is staged with digest ${manifest.digest}, not ${digest}`;
  throw new Failure(
    `The image ${image} is not in the engine, and ${name} ${state} to build it from: ` +
      "load the image with `docker load`, or stage the models with `npm run stage` on a machine that reaches the registry",
  );
}

async function checked(input: BuildInput, staged: readonly StagedModel[], size: number) {
  using progress = new Progress(`Checking ${modelsText(input.models)}`, size);
  return await embeddedParts(input, staged, (bytes) => {
    progress.add(bytes);
  });
}
