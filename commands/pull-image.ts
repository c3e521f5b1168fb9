import { ensureImage } from "../engine/ensure-image.ts";
import { main, readInput } from "../support/main.ts";
import type { PullImageInput } from "../components/base-image.ts";

await main(async () => {
  const { image } = await readInput<PullImageInput>();
  await ensureImage(image);
  process.stdout.write(`The engine has the image ${image}\n`);
});
