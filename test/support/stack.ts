import { model, ollamaImage, type TestRegistry } from "./fixtures.ts";
import type { StackConfig } from "./project.ts";

/** Configuration of a small stack that pulls the tests' model into a volume of its own. */
export function pullingStack(registry: TestRegistry, volume: string, port: number): StackConfig {
  return {
    model: { name: model, digest: registry.digest },
    registry: registry.url,
    baseImage: ollamaImage,
    port,
    volume: { name: volume, retainOnDelete: false },
    memory: "2GiB",
    // One thread: two servers at work with a thread for every CPU each slow one another to a crawl.
    cpus: "1",
  };
}
