import { programBundle } from "../docker/program-bundle.ts";
import { programIdentity, type BundledProgram } from "../docker/identity.ts";
import { programParts } from "../docker/program-image.ts";
import { say } from "../support/progress.ts";
import { isBuilt } from "./built-image.ts";
import { docker } from "./docker.ts";
import { ensureImage } from "./ensure-image.ts";
import { entriesOnBase } from "./image-on-base.ts";
import { loadSmallImage } from "./images.ts";

/** What a step that builds the image of a program is sent. */
export interface BuildProgramInput {
  /** Name and tag of the image. */
  readonly image: string;
  /** Pinned image with Node. */
  readonly baseImage: string;
  /** Version of the program's code. */
  readonly code: string;
}

/**
 * Makes sure that the engine has the image of a program.
 * @param key - of the configuration, that names the base
 * @returns ID of the image
 * @throws Failure that says how else to get an image
 */
export async function buildProgram(
  program: BundledProgram,
  key: string,
  { image, baseImage, code }: BuildProgramInput,
): Promise<string> {
  const contents = { image: baseImage, code };
  if (await isBuilt(image, programIdentity(contents))) say(`${image} is in the engine; nothing to build`);
  else {
    // Before the base is pulled, which would be for nothing where there is no way to make it.
    const { content } = await programBundle(program, image);
    const { layer, configOn } = await programParts(program, contents, content);
    const reference = await ensureImage(baseImage, key);
    say(`Building ${image}: the ${program} on ${baseImage}`);
    await loadSmallImage(image, entriesOnBase(reference, { name: image, top: layer, configOn }));
  }
  return docker("image", "inspect", "--format", "{{.Id}}", image);
}
