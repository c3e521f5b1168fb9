import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where Pulumi keeps its state when nobody says otherwise, as Pulumi.yaml has it too. */
export const defaultBackend = "file://./state";

/** URL of Pulumi's backend for programs with this environment. */
export function backendUrl(environment: NodeJS.ProcessEnv = process.env): string {
  const { PULUMI_BACKEND_URL: backend = "" } = environment;
  return backend === "" ? defaultBackend : backend;
}

/**
 * The folder of a backend on this machine; `file://./…` begins at `folder`, `file://~` at the home folder.
 * @returns undefined for a backend elsewhere
 */
export function backendFolder(backend: string, folder: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  const path = backend.slice("file://".length);
  if (path.startsWith("/")) return fileURLToPath(backend);
  return path.startsWith("~") ? join(homedir(), path.slice(1)) : resolve(folder, path);
}
