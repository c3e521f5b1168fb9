import { hostPart } from "../support/address.ts";
import { edgeEndpoints } from "./endpoints.ts";
import { pathOf, type MapFile } from "./layout.ts";
import type { EdgeClient, EdgePolicy } from "./policy.ts";

/** A map of HAProxy: keys, or patterns, with what each stands for. No key has a blank in it. */
export type MapEntries = readonly (readonly [key: string, value: string])[];

/** A moment that does not come, for what has no end: the last second of the year 9999. */
const never = 253_402_300_799;

/**
 * All maps of a policy, by file.
 * @param slots - how many requests the server answers at once
 */
export function mapsOf({ clients, hosts, origins }: EdgePolicy, slots: number): Readonly<Record<MapFile, MapEntries>> {
  return {
    "tokens.map": clients.flatMap(tokenEntries),
    "allowed.map": clients.flatMap(({ name, endpoints }) => endpoints.map((word) => [`${name}:${word}`, "1"] as const)),
    "limits.map": clients.map(({ name, maxParallel, maxQueue }) => [name, String(maxParallel + maxQueue)]),
    // So many of a client's requests its lane would let on at once, as it may have all slots.
    "unhindered.map": clients
      .filter(({ maxParallel }) => maxParallel >= slots)
      .map(({ name }) => [name, String(slots)] as const),
    "priorities.map": clients.map(({ name, priority }) => [name, String(priority)]),
    "hosts.map": hosts.map((host) => [hostPart(host).toLowerCase(), "1"]),
    "origins.map": origins.map((origin) => [originPattern(origin), "1"]),
    "endpoints.map": endpointEntries(),
  };
}

function tokenEntries({ name, tokens }: EdgeClient): MapEntries {
  return tokens.map(({ sha256, expires }) => [sha256, `${name}:${expires ?? never}`]);
}

/** What an origin looks like. */
function originPattern(origin: string): string {
  if (origin === "*") return "^.*$";
  return `^${origin.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`;
}

function endpointEntries(): MapEntries {
  return Object.entries(edgeEndpoints).flatMap(([word, endpoints]) =>
    endpoints.map(({ methods, path, kind }) => [`^(${methods.join("|")}):${path}$`, `${word}:${kind}`] as const),
  );
}

/** A map as its file has it. */
export function mapText(entries: MapEntries): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join("");
}

/** Entries of a map as HAProxy lists them, each after a number of its own. */
export function parseMap(answer: string): MapEntries {
  return answer
    .split("\n")
    .filter((line) => line.startsWith("0x"))
    .map((line) => {
      const [, key = "", value = ""] = line.split(" ");
      return [key, value];
    });
}

/** Command that makes a new version of a map, which is empty and not looked at yet. */
export function prepareMap(file: MapFile): string {
  return `prepare map ${pathOf(file)}`;
}

/** Number of the version that {@link prepareMap} has made; undefined for an answer that tells of none. */
export function preparedVersion(answer: string): number | undefined {
  const [, version] = /^New version created: (\d+)$/m.exec(answer) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** Commands that fill a version of a map and have it looked at from one moment to the next. */
export function replaceMap(file: MapFile, version: number, entries: MapEntries): string[] {
  const fill = pieces(entries).map((piece) => `add map @${version} ${pathOf(file)} <<\n${mapText(piece)}`);
  return [...fill, `commit map @${version} ${pathOf(file)}`];
}

/** Entries that one command brings; HAProxy reads each into a buffer of 16 KiB. */
const most = 50;

function pieces(entries: MapEntries): MapEntries[] {
  const count = Math.ceil(entries.length / most);
  return Array.from({ length: count }, (_, index) => entries.slice(index * most, (index + 1) * most));
}
