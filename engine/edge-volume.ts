import type { EdgeFiles } from "../edge/configuration.ts";
import { docker } from "./docker.ts";
import { edgeUser, prepareFiles } from "./edge-files.ts";
import { runInVolume, type VolumePlace } from "./volume.ts";

/**
 * Brings the edge's files into its volume, so that an edge can start with it.
 *
 * While one runs with it, only those that are missing: of the others it is told as it runs.
 * @returns the names of those that were brought
 */
export async function fillVolume(place: VolumePlace, files: EdgeFiles): Promise<readonly string[]> {
  const running = await docker("ps", "--quiet", "--filter", `volume=${place.volume}`, "--filter", "status=running");
  const present = running === "" ? [] : (await runInVolume(place, "tool ls", { user: edgeUser })).split("\n");
  const missing = Object.entries(files).filter(([name]) => !present.includes(name));
  if (missing.length > 0) await prepareFiles(place.image, place.volume, Object.fromEntries(missing));
  return missing.map(([name]) => name);
}
