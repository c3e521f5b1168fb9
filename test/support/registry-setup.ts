import type { TestProject } from "vitest/node";
import { nodeImage, removeContainer, startRegistry, type TestRegistry } from "./fixtures.ts";
import { importNodeImage } from "./node-image.ts";

declare module "vitest" {
  interface ProvidedContext {
    registry: TestRegistry;
  }
}

/** Starts one registry for all tests of a level, and sees to an image with Node. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await importNodeImage(nodeImage);
  const registry = await startRegistry();
  project.provide("registry", registry);
  return () => removeContainer(registry.container);
}
