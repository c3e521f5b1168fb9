import { formatBytes } from "../../support/units.ts";
import { blocking, ok, warning, type Check, type Needs } from "./check.ts";
import type { Facts } from "./facts.ts";
import type { Space } from "./space-facts.ts";

/** Something that takes space, and where. */
interface Demand {
  readonly name: string;
  readonly bytes: number;
  readonly purpose: string;
  readonly where: Space | null;
  /** How to have it on another disk. */
  readonly move: string;
}

/** Whether the disks have room for the images and for what is unpacked; one check when they are on the same disk. */
export function space(facts: Facts, needs: Needs): Check[] {
  const images = imageDemand(facts, needs);
  const data: Demand = {
    name: "space for data",
    bytes: needs.dataBytes,
    purpose: "to unpack the package",
    where: facts.dataSpace,
    move: "choose a data folder on a larger disk",
  };
  const shared = images.where !== null && images.where.device === data.where?.device;
  return shared ? [fits("space", images, data)] : [fits(images.name, images), fits(data.name, data)];
}

function imageDemand({ docker, imageSpace }: Facts, { engineBytes, containerdBytes }: Needs): Demand {
  const demand = { name: "space for images", purpose: "to load the images", where: imageSpace };
  if (docker.containerdStore)
    return {
      ...demand,
      bytes: containerdBytes,
      move: "move containerd's folder (root in /etc/containerd/config.toml) to a larger disk",
    };
  return {
    ...demand,
    // Which store a Docker has that does not answer is not known.
    bytes: docker.storageDriver === null ? Math.max(engineBytes, containerdBytes) : engineBytes,
    move: "move Docker's folder (data-root in /etc/docker/daemon.json) to a larger disk",
  };
}

/** Whether what is wanted of one disk fits there, all together. */
function fits(name: string, ...demands: readonly [Demand, ...Demand[]]): Check {
  const total = demands.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts = demands.map(({ bytes, purpose }) => `${formatBytes(bytes)} ${purpose}`).join(" + ");
  const check = { name, needed: demands.length === 1 ? parts : `${formatBytes(total)}: ${parts}` };
  const [{ where }] = demands;
  if (where === null) return { ...check, ...warning("unknown", "compare `df` with what is needed") };
  const folders = demands.map((demand) => demand.where?.folder).join(" and ");
  const found = `${formatBytes(where.free)} free for ${folders}`;
  if (where.free >= total) return { ...check, ...ok(found) };
  const moves = demands.map(({ move }) => move).join(", or ");
  return { ...check, ...blocking(found, `free another ${formatBytes(total - where.free)} there, or ${moves}`) };
}
