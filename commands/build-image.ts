import { formatBytes } from "../support/units.ts";
import { embeddedParts } from "../docker/embedded-image.ts";
import { imageIdentity } from "../docker/identity.ts";
import type { StagedModel } from "../ollama/staged-store.ts";
import { Failure } from "../support/failure.ts";
import { totalSize } from "../ollama/manifest.ts";
import { StagedStore } from "../ollama/staged-store.ts";
import { ensureImage } from "../engine/ensure-image.ts";
import { isBuilt } from "../engine/built-image.ts";
import { docker } from "../engine/docker.ts";
import { entriesOnBase } from "../engine/image-on-base.ts";
import { forgetLayer, loadImage } from "../engine/images.ts";
import { layersOf } from "../engine/layers.ts";
import { main, readInput } from "../support/main.ts";
import { Progress, say } from "../support/progress.ts";
import { stagedFolder } from "../ollama/staged-folder.ts";
import type { BuildInput } from "../components/embedded-image.ts";

await main(async () => {
  const input = await readInput<BuildInput>();
  if (await isBuilt(input.image, imageIdentity(input))) {
    say(`${input.image} is in the engine; nothing to build`);
    const [lowest] = (await layersOf(input.image)) ?? [];
    if (lowest !== undefined) await forgetLayer(lowest);
  } else await build(input);
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", input.image));
});

/** Puts the image together from the base in the engine and the staged model; nothing of it stays when a blob is wrong. */
async function build(input: BuildInput): Promise<void> {
  const { image, baseImage, model } = input;
  const staged = await stagedModel(input);
  const reference = await ensureImage(baseImage);
  const size = totalSize(staged.manifest);
  say(`Building ${image}: ${formatBytes(size)} of ${model} below ${baseImage}`);
  const { weights, notices, configOn } = await checked(input, staged, size);
  const rest = () => entriesOnBase(reference, { name: image, top: notices, below: [weights], configOn });
  await loadImage({ name: image, lowest: weights, rest });
}

async function stagedModel({ image, model, digest }: BuildInput): Promise<StagedModel> {
  const store = new StagedStore(stagedFolder);
  const manifest = await store.manifest(model);
  if (manifest?.digest === digest) return { model, manifest, store };
  const state = manifest === undefined ? "is not staged" : `is staged with digest ${manifest.digest}, not ${digest}`;
  throw new Failure(
    `The image ${image} is not in the engine, and ${model} ${state} to build it from: ` +
      "load the image with `docker load`, or stage the model with `npm run stage` on a machine that reaches the registry",
  );
}

async function checked(input: BuildInput, staged: StagedModel, size: number) {
  using progress = new Progress(`Checking ${input.model}`, size);
  return await embeddedParts(input, staged, (bytes) => {
    progress.add(bytes);
  });
}
