import { debianImages, missingForDebian } from "./debian-images.ts";
import { testImages } from "./fixtures.ts";
import { monitoringTestImages } from "./monitored-stack.ts";
import { run } from "./shell.ts";

/** What an engine of the tests' own is given: the tests' images, and those of the monitoring that this host has. */
export async function imagesHere(): Promise<readonly string[]> {
  // Packages are fetched here, as such an engine has no way out.
  await missingForDebian();
  const further: string[] = [];
  for (const image of [...monitoringTestImages, ...debianImages])
    if ((await run("docker", ["image", "inspect", image])).status === 0) further.push(image);
  return [...testImages, ...further];
}
