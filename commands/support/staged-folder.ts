import { fileURLToPath } from "node:url";

/** Folder with the model stores that images are built from; one for all stacks, as blobs go by their digest. */
export const stagedFolder = fileURLToPath(new URL("../../staged/models", import.meta.url));
