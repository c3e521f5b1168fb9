import { identityLabel } from "../docker/identity.ts";
import { tryDocker } from "./docker.ts";
import { isWhole } from "./layers.ts";

/** Whether the engine has all of an image that the program makes, with just these contents. */
export async function isBuilt(image: string, identity: string): Promise<boolean> {
  const label = `{{index .Config.Labels "${identityLabel}"}}`;
  return (await tryDocker("image", "inspect", "--format", label, image)) === identity && (await isWhole(image));
}
