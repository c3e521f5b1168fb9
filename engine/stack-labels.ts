import { backendFolder } from "../config/backend.ts";
import { sha256, shortDigest } from "../support/hashing.ts";

/** Labels that tell a stack's own containers and networks from all others on a host. */
export type StackLabels = Readonly<Record<string, string>>;

/** Which stack it is. */
export interface StackIdentity {
  readonly project: string;
  readonly stack: string;
  /** URL of the backend with its state; stacks of one name with states in two folders are two stacks. */
  readonly backend: string;
  /** Folder at which a relative URL begins. */
  readonly folder: string;
}

/** Labels of a stack. */
export function stackLabels({ project, stack, backend, folder }: StackIdentity): StackLabels {
  const place = sha256(backendFolder(backend, folder) ?? backend);
  return { "io.chatgemma.stack": `${project}/${stack}`, "io.chatgemma.state": shortDigest(place) };
}

/** Options of `docker ls` that find what has these labels. */
export function labelFilters(labels: StackLabels): string[] {
  return Object.entries(labels).flatMap(([label, value]) => ["--filter", `label=${label}=${value}`]);
}

/** Whether something has these labels, among others. */
export function hasLabels(found: Readonly<Record<string, string>> | null, labels: StackLabels): boolean {
  return Object.entries(labels).every(([label, value]) => found?.[label] === value);
}

/** Whether a container or network is a stack's own; one that the provider named, of a stack from before there were labels, is nobody else's. */
export function isOwn(name: string, found: Readonly<Record<string, string>>, labels: StackLabels): boolean {
  if (hasLabels(found, labels)) return true;
  return (
    /^(ollama|gateway)-(container|network)-[0-9a-f]{7}$/.test(name) &&
    Object.keys(labels).every((label) => found[label] === undefined)
  );
}
