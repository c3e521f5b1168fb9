import { ensureImage } from "./support/base-image.ts";
import { main, readInput } from "./support/main.ts";

/** What {@link BaseImage} sends. */
export interface PullImageInput {
  readonly image: string;
}

await main(async () => {
  const { image } = await readInput<PullImageInput>();
  await ensureImage(image);
  process.stdout.write(`The engine has the image ${image}\n`);
});
