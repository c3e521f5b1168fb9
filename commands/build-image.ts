import { formatBytes } from "../support/units.ts";
import { embeddedParts } from "../docker/embedded-image.ts";
import { identityLabel, imageIdentity } from "../docker/identity.ts";
import { archiveEnd, layerFile } from "../docker/load-archive.ts";
import type { StagedModel } from "../ollama/staged-store.ts";
import { Failure } from "../support/failure.ts";
import { totalSize } from "../ollama/manifest.ts";
import { StagedStore } from "../ollama/staged-store.ts";
import { ensureImage } from "../engine/ensure-image.ts";
import { docker, tryDocker } from "../engine/docker.ts";
import { forgetLayer, loadImage, saveImage, withProgress } from "../engine/images.ts";
import { layersOf } from "../engine/layers.ts";
import { main, readInput } from "../support/main.ts";
import { Progress, say } from "../support/progress.ts";
import { stagedFolder } from "../ollama/staged-folder.ts";
import type { BuildInput } from "../components/embedded-image.ts";

await main(async () => {
  const input = await readInput<BuildInput>();
  if ((await identityOf(input.image)) === imageIdentity(input)) {
    say(`${input.image} is in the engine; nothing to build`);
    const [lowest] = (await layersOf(input.image)) ?? [];
    if (lowest !== undefined) await forgetLayer(lowest);
  } else await build(input);
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", input.image));
});

async function identityOf(image: string): Promise<string | undefined> {
  return tryDocker("image", "inspect", "--format", `{{index .Config.Labels "${identityLabel}"}}`, image);
}

/** Puts the image together from the base in the engine and the staged model; nothing of it stays when a blob is wrong. */
async function build(input: BuildInput): Promise<void> {
  const { image, baseImage, model } = input;
  const staged = await stagedModel(input);
  await ensureImage(baseImage);
  const size = totalSize(staged.manifest);
  say(`Building ${image}: ${formatBytes(size)} of ${model} below ${baseImage}`);
  const { weights, notices, configOn } = await checked(input, staged, size);
  const rest = async function* () {
    const base = saveImage(baseImage);
    for await (const layer of base.layers()) yield withProgress(layer);
    const { config, files } = base.description();
    yield { header: { name: layerFile(notices.digest) }, content: notices.content };
    yield* archiveEnd({ name: image, config: configOn(config), files });
  };
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
