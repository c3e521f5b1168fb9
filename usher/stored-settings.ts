import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** The file with the settings, which are read when the usher starts. */
function settingsFile(folder: string): string {
  return join(folder, "settings.json");
}

/** Writes the settings so that after a crash or a power cut they are there whole, or as they were before. */
export async function storeSettings(folder: string, json: string): Promise<void> {
  const file = settingsFile(folder);
  const partial = `${file}.${process.pid}.partial`;
  await using handle = await open(partial, "w", 0o600);
  await handle.writeFile(json);
  await handle.sync();
  await rename(partial, file);
  await using opened = await open(folder);
  await opened.sync();
}

/** The settings as they were stored, undefined when there are none. */
export async function storedSettings(folder: string): Promise<string | undefined> {
  try {
    return await readFile(settingsFile(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
