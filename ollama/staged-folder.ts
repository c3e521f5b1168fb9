import { join } from "node:path";
import { projectFolder } from "../support/project-folder.ts";

/** Folder with the model stores that images are built from; one for all stacks, as blobs go by their digest. */
export const stagedFolder = join(projectFolder, "staged/models");
