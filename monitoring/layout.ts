/** Containers of the monitoring, by the names under which they find one another on its network. */
export const partPorts = {
  prometheus: 9090,
  alertmanager: 9093,
  "blackbox-exporter": 9115,
  "json-exporter": 7979,
  "node-exporter": 9100,
  "gpu-exporter": 9835,
  grafana: 3000,
} as const;

/** A container of the monitoring. */
export type Part = keyof typeof partPorts;

/** Folder of each container's volume with the files that it reads. */
export const filesFolder = "/etc/monitoring";

/** Folder of a container's volume with what it has written itself. */
export const dataFolder = "/data";

/** Folder of the volume in which the program's commands leave figures. */
export const figuresFolder = "/figures";

/** User and group ID of these containers: nobody, as their images have it. */
export const monitoringUser = 65_534;

/** Who may look at Prometheus and Alertmanager. */
export const operator = "operator";

/** Absolute path of one of a container's files. */
export function fileOf(name: string): string {
  return `${filesFolder}/${name}`;
}

/** Where a part is reached on the monitoring's network. */
export function addressOf(part: Part): string {
  return `${part}:${partPorts[part]}`;
}
