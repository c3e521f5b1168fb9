import { readFile } from "node:fs/promises";
import { noticesOf, sendContext } from "../docker/context.ts";
import { identityLabel, imageIdentity, shortIdentity, type ImageContents } from "../docker/identity.ts";
import { configInstructions, type ImageConfig } from "../docker/image-config.ts";
import { Failure, reasonOf } from "../ollama/failure.ts";
import { totalSize } from "../ollama/manifest.ts";
import { StagedStore } from "../ollama/staged-store.ts";
import { formatBytes } from "../components/units.ts";
import { ensureImage } from "./support/base-image.ts";
import { docker, spawnDocker, tryDocker } from "./support/docker.ts";
import { main, readInput } from "./support/main.ts";
import { Progress, say, withHeartbeat } from "./support/progress.ts";
import { stagedFolder } from "./support/staged-folder.ts";

/** What {@link EmbeddedImage} sends. */
export interface BuildInput extends ImageContents {
  /** Name and tag of the image. */
  readonly image: string;
}

await main(async () => {
  const input = await readInput<BuildInput>();
  const dockerfile = await readFile(new URL("../docker/Dockerfile", import.meta.url), "utf8");
  const identity = imageIdentity(input, dockerfile);
  if ((await identityOf(input.image)) === identity) say(`${input.image} is in the engine; nothing to build`);
  else await build(input, dockerfile, identity);
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", input.image));
});

async function identityOf(image: string): Promise<string | undefined> {
  return tryDocker("image", "inspect", "--format", `{{index .Config.Labels "${identityLabel}"}}`, image);
}

/** Builds the image from the staged store without any network; nothing of it stays when a blob is wrong. */
async function build(input: BuildInput, dockerfile: string, identity: string): Promise<void> {
  const { image, baseImage, model, digest, notice } = input;
  const store = new StagedStore(stagedFolder);
  const manifest = await store.manifest(model);
  if (manifest?.digest !== digest) {
    const state = manifest === undefined ? "is not staged" : `is staged with digest ${manifest.digest}, not ${digest}`;
    throw new Failure(
      `The image ${image} is not in the engine, and ${model} ${state} to build it from: ` +
        "load the image with `docker load`, or stage the model with `npm run stage` on a machine that reaches the registry",
    );
  }
  const base = await baseConfig(baseImage);
  const notices = await noticesOf(store, manifest, notice);
  const size = totalSize(manifest);
  say(`Building ${image}: ${formatBytes(size)} of ${model} below ${baseImage}`);

  const temporaryBase = `localhost/gemma/base:${shortIdentity(identity)}`;
  await docker("tag", baseImage, temporaryBase);
  try {
    const args = [
      "build",
      "--network",
      "none",
      "--pull=false",
      "--quiet",
      "--build-arg",
      `BASE=${temporaryBase}`,
      "--tag",
      image,
      "-",
    ];
    // The classic builder: every engine has it, and it was seen to make the same layer of the same weights every time.
    const { child, exited } = spawnDocker(args, { DOCKER_BUILDKIT: "0" });
    using progress = new Progress("Sending the model to the builder", size);
    const text = `${dockerfile}\n${configInstructions(base, labels(input, identity))}`;
    const context = { dockerfile: text, model, manifest, store, notices };
    const sending = sendContext(context, child.stdin, (bytes) => {
      progress.add(bytes);
    });
    // The reason why the context ended early matters more than what Docker makes of the end.
    await sending.catch(async (error: unknown) => {
      const dockerSaid = await exited.then(() => "", reasonOf);
      throw error instanceof Failure
        ? error
        : new Failure(`Docker could not build ${image}: ${dockerSaid || reasonOf(error)}`);
    });
    await withHeartbeat(`Building ${image}`, exited);
  } finally {
    await tryDocker("rmi", "--no-prune", temporaryBase);
  }
}

async function baseConfig(baseImage: string): Promise<ImageConfig> {
  await ensureImage(baseImage);
  return JSON.parse(await docker("image", "inspect", "--format", "{{json .Config}}", baseImage)) as ImageConfig;
}

function labels({ baseImage, model, digest, license }: BuildInput, identity: string): Record<string, string> {
  const at = baseImage.lastIndexOf("sha256:");
  return {
    [identityLabel]: identity,
    "io.chatgemma.model": model,
    "io.chatgemma.model.digest": digest,
    "org.opencontainers.image.title": `${model} on Ollama`,
    "org.opencontainers.image.description": `Ollama with the model ${model} inside`,
    "org.opencontainers.image.version": shortIdentity(identity),
    "org.opencontainers.image.base.name": baseImage,
    "org.opencontainers.image.base.digest": baseImage.slice(at),
    ...(license === null ? {} : { "org.opencontainers.image.licenses": license }),
  };
}
