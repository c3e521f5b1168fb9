import { figuresFolder } from "./layout.ts";

/** Folder at which node_exporter sees the host's file system. */
export const hostFolder = "/host";

// What of these it sees is its container's own.
const ownNetwork = ["arp", "netclass", "netdev", "netstat", "sockstat", "udp_queues"];

/** Mounts of its own container, each of which would be a disk of its own, and those that node_exporter leaves out itself. */
const noDisks = [
  "dev",
  "proc",
  "sys",
  "run/credentials/.+",
  "var/lib/docker/.+",
  "var/lib/containers/storage/.+",
  "etc/(hostname|hosts|resolv\\.conf)",
  figuresFolder.slice(1),
];

/** Arguments of node_exporter: the host's figures, and those that the program's commands leave. */
export const nodeExporterArguments: readonly string[] = [
  `--path.rootfs=${hostFolder}`,
  // Whoever asks again on a busy host, before there was an answer, takes as much memory again.
  "--web.max-requests=2",
  `--collector.textfile.directory=${figuresFolder}`,
  `--collector.filesystem.mount-points-exclude=^/(${noDisks.join("|")})($|/)`,
  ...ownNetwork.map((name) => `--no-collector.${name}`),
];
