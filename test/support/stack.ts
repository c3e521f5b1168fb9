import { model, ollamaImage, type TestRegistry } from "./fixtures.ts";
import type { StackConfig } from "./project.ts";

/** What a server of the tests may use: one thread, as two at work with one for every CPU slow one another to a crawl. */
export const smallServer: StackConfig = { memory: "2GiB", cpus: "1" };

/** Configuration of a small stack that pulls the tests' model into a volume of its own. */
export function pullingStack(registry: TestRegistry, volume: string, port: number): StackConfig {
  return {
    models: [{ name: model, digest: registry.digest }],
    registry: registry.url,
    baseImage: ollamaImage,
    port,
    volume: { name: volume, retainOnDelete: false },
    ...smallServer,
  };
}
