import { rm, rename, symlink } from "node:fs/promises";

/** Makes a path a link, in one step where it was one to something else. */
export async function replaceLink(path: string, target: string): Promise<void> {
  await rm(`${path}.new`, { force: true });
  await symlink(target, `${path}.new`);
  await rename(`${path}.new`, path);
}
