import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const projectFolder = fileURLToPath(new URL("..", import.meta.url));
