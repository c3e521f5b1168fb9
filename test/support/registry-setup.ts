import type { TestProject } from "vitest/node";
import { removeContainer, startRegistry, type TestRegistry } from "./fixtures.ts";

declare module "vitest" {
  interface ProvidedContext {
    registry: TestRegistry;
  }
}

/** Starts one registry for all tests of a level. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registry = await startRegistry();
  project.provide("registry", registry);
  return () => removeContainer(registry.container);
}
