import * as pulumi from "@pulumi/pulumi";
import type { StackLabels } from "../engine/stack-labels.ts";

/** Volumes are left out: the provider replaces one, models and all, when a label changes, unless it is told to ignore that. */
const labelled = ["docker:index/container:Container", "docker:index/network:Network"];

/** Puts labels on every container and network that the program declares from here on. */
export function labelEverything(labels: StackLabels): void {
  const list = Object.entries(labels).map(([label, value]) => ({ label, value }));
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    labelled.includes(type) ? { props: { ...props, labels: list }, opts } : undefined,
  );
}
