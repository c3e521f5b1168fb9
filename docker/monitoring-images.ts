import type { StackConfig } from "../config/schema.ts";
import { monitoringImageName } from "./identity.ts";

/** An image of a container of the monitoring. */
export interface MonitoringImage {
  /** Name of the container on the monitoring's network. */
  readonly part: string;
  /** Key of the configuration that names it, for messages. */
  readonly key: string;
  /** Pinned image, or the `sha256:` ID of a loaded one. */
  readonly image: string;
  /** Name in this engine. */
  readonly localName: string;
}

/** Images of a stack's monitoring; none where it is off. */
export function monitoringImages({ monitoring, gpus }: Pick<StackConfig, "monitoring" | "gpus">): MonitoringImage[] {
  if (!monitoring.enabled) return [];
  const image = (part: string, key: string, pinned: string): MonitoringImage => ({
    part,
    key: `monitoring.${key}.image`,
    image: pinned,
    localName: monitoringImageName(part, pinned),
  });
  return [
    image("prometheus", "prometheus", monitoring.prometheus.image),
    image("alertmanager", "alertmanager", monitoring.alertmanager.image),
    image("blackbox-exporter", "blackboxExporter", monitoring.blackboxExporter.image),
    image("json-exporter", "jsonExporter", monitoring.jsonExporter.image),
    image("node-exporter", "nodeExporter", monitoring.nodeExporter.image),
    ...(gpus.kind === "none" ? [] : [image("gpu-exporter", "gpuExporter", monitoring.gpuExporter.image)]),
    ...(monitoring.grafana.enabled ? [image("grafana", "grafana", monitoring.grafana.image)] : []),
  ];
}
