import { ensureImage } from "./support/base-image.ts";
import { docker, tryDocker } from "./support/docker.ts";
import { main, readInput } from "./support/main.ts";

/** What {@link NamedImage} sends. */
export interface NameImageInput {
  readonly image: string;
  /** Name and tag in this engine. */
  readonly localName: string;
}

await main(async () => {
  const { image, localName } = await readInput<NameImageInput>();
  if ((await tryDocker("image", "inspect", localName)) === undefined) {
    await ensureImage(image, "gateway.image");
    await docker("tag", image, localName);
  }
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", localName));
});
