import { bundledVersion } from "../../components/bundled-version.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { programImageName } from "../../docker/identity.ts";
import { monitoringImages, type MonitoringImage } from "../../docker/monitoring-images.ts";
import { programBundle } from "../../docker/program-bundle.ts";
import { programParts } from "../../docker/program-image.ts";
import { ensureImage } from "../../engine/ensure-image.ts";
import type { PackedFrom } from "./gateway-images.ts";
import type { AskedProgram } from "./program-version.ts";

/** Programs of images, where they are not found by the names of their containers; an image may start with them, or with a script. */
const programs: Readonly<Record<string, AskedProgram>> = {
  prometheus: asked("prometheus", "/bin/prometheus"),
  alertmanager: asked("alertmanager", "/bin/alertmanager"),
  "blackbox-exporter": asked("blackbox-exporter", "/bin/blackbox_exporter"),
  "json-exporter": asked("json-exporter", "/bin/json_exporter"),
  "node-exporter": asked("node-exporter", "/bin/node_exporter"),
  "gpu-exporter": { ...asked("dcgm-exporter"), instead: asked("nvidia_gpu_exporter") },
};

function asked(name: string, program = name): AskedProgram {
  return { name, command: [program, "--version"] };
}

/**
 * Makes sure of the images of a stack's monitoring, which are packed as they are.
 * @throws Failure that says how else to get an image
 */
export async function packedMonitoring(config: Pick<ResolvedConfig, "monitoring" | "gpus">): Promise<PackedFrom[]> {
  const images = monitoringImages(config);
  for (const { image, key } of images) await ensureImage(image, key);
  return images.map(packedFrom);
}

/** What an image of the monitoring is packed from: itself. */
export function packedFrom({ part, image, localName }: MonitoringImage): PackedFrom {
  return { name: localName, source: image, program: programs[part] ?? asked(part), packages: [] };
}

/**
 * Makes sure of what the watcher's image is packed from; none without a watcher.
 * @throws Failure that says how else to get its base
 */
export async function packedWatcher({ watcher }: Pick<ResolvedConfig, "watcher">): Promise<PackedFrom[]> {
  if (!watcher.enabled) return [];
  const contents = { image: watcher.image, code: bundledVersion("watcher") };
  const name = programImageName("watcher", contents);
  const { content, packages } = await programBundle("watcher", name);
  const parts = await programParts("watcher", contents, content);
  await ensureImage(watcher.image, "watcher.image");
  const program = { name: "node", command: ["node", "--version"] as const };
  return [{ name, source: watcher.image, parts, program, packages }];
}
