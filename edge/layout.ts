/** Port of the edge in its container, the only one that is published. */
export const edgePort = 8080;

/** Name by which containers on the edge's own network reach it. */
export const edgeAlias = "gateway";

/** Port on which the usher behind the edge listens in its container. */
export const usherPort = 8080;

/** Port with `/metrics` and `/healthz`, for the networks of the container alone. */
export const insidePort = 8404;

/** Port of HAProxy's master in its container, by which it is told of changes. */
export const adminPort = 9999;

/** Folder of the edge's volume with all that it reads, so that it knows after a restart what it knew before. */
export const edgeFolder = "/var/lib/gateway";

/** Names of the files with HAProxy's configuration, in the order in which it reads them. */
export const configurationFiles = ["settings.cfg", "server.cfg", "haproxy.cfg", "lanes.cfg"] as const;

/** Name of the file with what HAProxy is to count of clients. */
export const errorsFile = "errors.lua";

/** Path at {@link insidePort} where it tells of it. */
export const errorsPath = "/errors";

/** Names of the maps, which haproxy.cfg looks things up in. */
export const mapFiles = [
  "tokens.map",
  "allowed.map",
  "limits.map",
  "unhindered.map",
  "priorities.map",
  "hosts.map",
  "origins.map",
  "endpoints.map",
] as const;

/** Name of a map. */
export type MapFile = (typeof mapFiles)[number];

/** Name of the file with certificate, those between it and its root, and key. */
export const certificateFile = "certificate.pem";

/** Absolute path of one of the edge's files. */
export function pathOf(file: string): string {
  return `${edgeFolder}/${file}`;
}

/**
 * Command of the edge's container: a master, which starts the worker that serves, and on a reload another one beside it.
 *
 * The master starts itself anew by this name, so it has to be one on the PATH.
 */
export const startCommand: readonly string[] = [
  "haproxy",
  "-W",
  "-db",
  "-S",
  `ipv4@127.0.0.1:${adminPort},level,admin`,
  ...configurationFiles.flatMap((file) => ["-f", pathOf(file)]),
];
