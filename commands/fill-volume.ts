import { replaceFiles } from "../engine/volume-files.ts";
import { main, readInput } from "../support/main.ts";
import type { FillVolumeInput } from "../components/filled-volume.ts";

await main(async () => {
  const { volume, image, userId, files } = await readInput<FillVolumeInput>();
  await replaceFiles({ volume, image }, userId, files);
  process.stdout.write(`The volume ${volume} has ${Object.keys(files).join(", ")}\n`);
});
