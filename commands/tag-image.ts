import { ensureImage } from "../engine/ensure-image.ts";
import { docker, tryDocker } from "../engine/docker.ts";
import { main, readInput } from "../support/main.ts";
import type { TagImageInput } from "../components/tagged-image.ts";

await main(async () => {
  const { image, localName, key = "gateway.image" } = await readInput<TagImageInput>();
  if ((await tryDocker("image", "inspect", localName)) === undefined) {
    await docker("tag", await ensureImage(image, key), localName);
  }
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", localName));
});
