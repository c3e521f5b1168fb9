import { formatBytes } from "../../support/units.ts";
import { blocking, ok, warning, type Check } from "./check.ts";
import type { Facts } from "./facts.ts";
import type { Missing, MissingRoom } from "./room.ts";
import type { Space } from "./space-facts.ts";

/** How to have Docker's folder on another disk. */
export const moveDocker = "move Docker's folder (data-root in /etc/docker/daemon.json) to a larger disk";

/** Something that takes room, and where. */
interface Demand {
  readonly name: string;
  readonly missing: Missing;
  readonly purpose: string;
  readonly where: Space | null;
  /** How to have it on another disk. */
  readonly move: string;
}

/** Whether the disks have room for what is still missing of images and tools; one check when they are on the same disk. */
export function space(facts: Facts, missing: MissingRoom): Check[] {
  const [images, data] = demandsOf(facts, missing);
  const shared = images.where !== null && images.where.device === data.where?.device;
  return shared ? [fits("space", images, data)] : [fits(images.name, images), fits(data.name, data)];
}

/** What a deployment takes room for. */
export function demandsOf(facts: Facts, missing: MissingRoom): readonly [Demand, Demand] {
  const data = {
    name: "space for data",
    missing: missing.data,
    purpose: "to unpack the package",
    where: facts.dataSpace,
    move: "choose a data folder on a larger disk",
  };
  return [imageDemand(facts, missing), data];
}

function imageDemand({ docker, imageSpace }: Facts, { engine, containerd }: MissingRoom): Demand {
  const demand = { name: "space for images", purpose: "to load the images", where: imageSpace };
  if (docker.containerdStore)
    return {
      ...demand,
      missing: containerd,
      move: "move containerd's folder (root in /etc/containerd/config.toml) to a larger disk",
    };
  // Which store a Docker has that does not answer is not known.
  const either = docker.storageDriver === null && containerd.bytes > engine.bytes;
  return {
    ...demand,
    missing: either ? containerd : engine,
    move: moveDocker,
  };
}

/** Whether what is wanted of one disk fits there, all together. */
function fits(name: string, ...demands: readonly [Demand, ...Demand[]]): Check {
  const total = (part: "bytes" | "inodes") => demands.reduce((sum, { missing }) => sum + missing[part], 0);
  const [bytes, inodes] = [total("bytes"), total("inodes")];
  const [{ where }] = demands;
  const tight = where?.freeInodes != null && where.freeInodes < inodes ? where.freeInodes : undefined;
  const parts = demands.map((demand) => neededFor(demand, tight !== undefined)).join(" + ");
  const check = { name, needed: demands.length === 1 ? parts : `${formatBytes(bytes)}: ${parts}` };
  if (where === null) return { ...check, ...warning("unknown", "compare `df` with what is needed") };
  const folders = demands.map((demand) => demand.where?.folder).join(" and ");
  const free = tight === undefined ? formatBytes(where.free) : `${formatBytes(where.free)} and ${tight} inodes`;
  const found = `${free} free for ${folders}`;
  const lacking = [
    ...(where.free < bytes ? [`free another ${formatBytes(bytes - where.free)} there`] : []),
    ...(tight === undefined ? [] : [`remove ${inodes - tight} files there, which \`df -i\` counts`]),
  ];
  if (lacking.length === 0) return { ...check, ...ok(found) };
  const moves = demands.map(({ move }) => move).join(", or ");
  return { ...check, ...blocking(found, `${lacking.join(" and ")}, or ${moves}`) };
}

function neededFor({ missing: { bytes, inodes, thereBytes }, purpose }: Demand, tight: boolean): string {
  const there = thereBytes === 0 ? "" : ` (${formatBytes(thereBytes)} are there already)`;
  return `${formatBytes(bytes)}${tight ? ` and ${inodes} inodes` : ""} ${purpose}${there}`;
}
