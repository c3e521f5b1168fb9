import { readFileSync } from "node:fs";
import { sha256 } from "../support/hashing.ts";
import { certificateFile, errorsFile, mapFiles } from "./layout.ts";
import { lanesOf, lanesText } from "./lanes.ts";
import { mapsOf, mapText } from "./maps.ts";
import type { EdgePolicy } from "./policy.ts";
import { serverText, type EdgeServer } from "./server.ts";
import { settingsText, type EdgeSettings } from "./settings.ts";

/** All that the edge is to know. */
export interface EdgeConfiguration {
  readonly settings: EdgeSettings;
  readonly policy: EdgePolicy;
  /** Undefined while there is none, and requests wait. */
  readonly server: EdgeServer | undefined;
  /** Certificate, those between it and its root, and key, as PEM; undefined for plain HTTP. */
  readonly certificate: string | undefined;
}

/** Texts of the edge's files by name. */
export type EdgeFiles = Readonly<Record<string, string>>;

/** haproxy.cfg, the part of the configuration that is the same everywhere. */
export const haproxyText = readFileSync(new URL("haproxy.cfg", import.meta.url), "utf8");

/** errors.lua, which tells how many of each client's requests have ended in an error. */
const errorsText = readFileSync(new URL(errorsFile, import.meta.url), "utf8");

/** An answer to what cannot be read as a request, and so has no shape to take after. */
function errorFile(status: string, error: string): string {
  const body = JSON.stringify({ error });
  const headers = [
    "Content-Type: application/json",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
    `Content-Length: ${body.length}`,
  ];
  return [`HTTP/1.1 ${status}`, ...headers, "", body].join("\r\n");
}

const errorFiles: EdgeFiles = {
  "400.http": errorFile("400 Bad Request", "the request cannot be read"),
  "408.http": errorFile("408 Request Timeout", "the request was not sent in time"),
  "431.http": errorFile("431 Request Header Fields Too Large", "the headers of the request are too large"),
};

/** Which version of what takes a reload these settings make. */
export function versionOf(settings: EdgeSettings): string {
  return sha256([settingsText(settings, ""), haproxyText, errorsText, ...Object.values(errorFiles)].join("\n"));
}

/** All files of the edge. */
export function edgeFiles({ settings, policy, server, certificate }: EdgeConfiguration): EdgeFiles {
  const maps = mapsOf(policy, settings.slots);
  return {
    "settings.cfg": settingsText(settings, versionOf(settings)),
    "server.cfg": serverText(server),
    "haproxy.cfg": haproxyText,
    [errorsFile]: errorsText,
    "lanes.cfg": lanesText(lanesOf(policy.clients, settings.slots)),
    ...Object.fromEntries(mapFiles.map((file) => [file, mapText(maps[file])])),
    ...errorFiles,
    ...(certificate !== undefined && { [certificateFile]: certificate }),
  };
}

/** The configuration as one text, for people who look at what will change. */
export function shownConfiguration(configuration: Pick<EdgeConfiguration, "settings">): string {
  return `${settingsText(configuration.settings, versionOf(configuration.settings))}\n${haproxyText}`;
}
