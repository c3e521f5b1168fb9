import { blocking, type Check } from "./check.ts";

/**
 * Whether the data folder may become this service's; there is no check when nothing in it is of others.
 * @param strangers - names of what others have put there, for people
 */
export function dataFolderChecks(folder: string, strangers: string): Check[] {
  if (strangers === "") return [];
  const verdict = blocking(`${folder} holds ${strangers}`, "name a new or an empty folder with --data");
  return [{ name: "data folder", needed: "a folder of this service's own", ...verdict }];
}
