import * as pulumi from "@pulumi/pulumi";
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

/** Volumes are left out: the provider replaces one, models and all, when a label changes, unless it is told to ignore that. */
const labelled = ["docker:index/container:Container", "docker:index/network:Network"];

/** Puts labels on every container and network that the program declares from here on. */
export function labelEverything(labels: StackLabels): void {
  const list = Object.entries(labels).map(([label, value]) => ({ label, value }));
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    labelled.includes(type) ? { props: { ...props, labels: list }, opts } : undefined,
  );
}
