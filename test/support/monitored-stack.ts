import { imageId } from "./bundle.ts";
import { alertmanagerImage, missingForDebian, nodeExporterImage } from "./debian-images.ts";
import type { StackConfig } from "./project.ts";

export const prometheusImage = "prom/prometheus:v2.42.0";
export const blackboxImage = "prom/blackbox-exporter:v0.23.0";
export const jsonExporterImage = "quay.io/prometheuscommunity/json-exporter:v0.7.0";

/** Images of the monitoring that `../shared/images` has. */
export const monitoringTestImages: readonly string[] = [prometheusImage, blackboxImage, jsonExporterImage];

/** Keys of a monitoring on any free ports, which asks every few seconds; throws where an image cannot be had. */
export async function monitoringKeys(): Promise<StackConfig> {
  const missing = await missingForDebian();
  if (missing !== undefined) throw new Error(missing);
  const image = async (name: string) => ({ image: await imageId(name) });
  return {
    enabled: true,
    port: 0,
    alertsPort: 0,
    scrapeInterval: "1s",
    generationInterval: "5s",
    retentionSize: "64m",
    prometheus: await image(prometheusImage),
    alertmanager: await image(alertmanagerImage),
    blackboxExporter: await image(blackboxImage),
    jsonExporter: await image(jsonExporterImage),
    nodeExporter: await image(nodeExporterImage),
  };
}
