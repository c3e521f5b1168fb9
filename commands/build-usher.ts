import { usherIdentity } from "../docker/identity.ts";
import { usherBundle } from "../docker/usher-bundle.ts";
import { usherParts } from "../docker/usher-image.ts";
import { isBuilt } from "../engine/built-image.ts";
import { docker } from "../engine/docker.ts";
import { ensureImage } from "../engine/ensure-image.ts";
import { entriesOnBase } from "../engine/image-on-base.ts";
import { loadSmallImage } from "../engine/images.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { BuildUsherInput } from "../components/usher-image.ts";

await main(async () => {
  const { image, baseImage, code } = await readInput<BuildUsherInput>();
  const contents = { image: baseImage, code };
  if (await isBuilt(image, usherIdentity(contents))) say(`${image} is in the engine; nothing to build`);
  else {
    // Before the base is pulled, which would be for nothing where there is no way to make it.
    const { content } = await usherBundle(image);
    const { layer, configOn } = await usherParts(contents, content);
    const reference = await ensureImage(baseImage, "gateway.usher.image");
    say(`Building ${image}: the usher on ${baseImage}`);
    await loadSmallImage(image, entriesOnBase(reference, { name: image, top: layer, configOn }));
  }
  process.stdout.write(await docker("image", "inspect", "--format", "{{.Id}}", image));
});
