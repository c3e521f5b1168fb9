import { subnetsOf } from "../../config/host-networks.ts";
import { monitoringPorts } from "../../config/host-rules.ts";
import { gpuNeed, hostNeed } from "../../config/loaded-models.ts";
import { besideNeed } from "../../config/memory-need.ts";
import { MiB } from "../../support/units.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { certificateFile } from "../../gateway/certificate.ts";
import type { Manifest } from "../../ollama/manifest.ts";
import type { FurtherNeeds } from "./further-needs.ts";
import { growthOf } from "./growth.ts";
import type { Content, PackagedImage } from "./manifest.ts";
import type { Inodes } from "./missing.ts";
import type { Needs } from "../preflight/check.ts";

const sizeOf = (contents: readonly Content[]) => contents.reduce((total, { size }) => total + size, 0);
const carried = (contents: readonly Content[]) => contents.filter(({ files }) => files.length > 0);

/** What a host must have for a stack: from its configuration, and from what the package brings. */
export function hostNeeds(
  config: ResolvedConfig,
  models: readonly Manifest[],
  images: readonly PackagedImage[],
  tools: readonly Content[],
  created: string,
): Needs {
  const { memory, cpus, gpus, address, port, network, gateway } = config;
  const lowest = images.flatMap(({ layers }) => layers.slice(0, 1));
  const others = images.flatMap(({ layers }) => layers.slice(1));
  return {
    memoryBytes: memory * MiB,
    modelBytes: bytesOf(models),
    cpus: Math.max(cpus, ...(gateway.enabled ? [gateway.cpus, gateway.usher.cpus] : [])),
    gpus,
    ...gpuMemory(config),
    address,
    port: network.internal && !gateway.enabled ? 0 : port,
    subnets: Object.fromEntries(Object.entries(subnetsOf(config)).map(([key, subnet]) => [key, subnet ?? null])),
    // The lowest layer is written once; `docker load` first unpacks a copy of what it is given.
    engineBytes: sizeOf(carried(lowest)) + 2 * sizeOf(carried(others)),
    // containerd's store keeps a layer and its unpacked files.
    containerdBytes: 2 * (sizeOf(carried(lowest)) + sizeOf(carried(others))),
    dataBytes: sizeOf(carried(tools)),
    ...certificateOf(gateway),
    created,
  };
}

function certificateOf({ enabled, tls, hosts }: ResolvedConfig["gateway"]): Pick<Needs, "certificate" | "tls"> {
  const certificate = enabled ? certificateFile(tls) : null;
  return { certificate, ...(certificate !== null && tls.key !== undefined && { tls: { key: tls.key, hosts } }) };
}

/** Models share blobs, which are kept once. */
function bytesOf(models: readonly Manifest[]): number {
  const sizes = new Map(models.flatMap(({ blobs }) => blobs.map(({ digest, size }) => [digest, size])));
  return sizes.values().reduce((total, size) => total + size, 0);
}

/** Nothing for models of which nothing is known. */
function gpuMemory(config: ResolvedConfig): Pick<Needs, "gpuMemory"> {
  const need = gpuNeed(config);
  if (need === undefined || need.models.length === 0) return {};
  const weightsBytes = need.unknown.length > 0 ? null : need.sum.weights;
  return { gpuMemory: { weightsBytes, totalBytes: need.sum.total, required: config.readiness.requireGpu } };
}

/** What a host must have for a stack that the manifest has no place for. */
export function furtherNeeds(config: ResolvedConfig, inodes: Inodes): FurtherNeeds {
  const { models, sum } = hostNeed(config);
  const memory = models.length === 0 ? null : sum.total + besideNeed(config).total;
  const ports = Object.entries(monitoringPorts(config)).map(([key, port]) => [`monitoring.${key}`, port] as const);
  const hostProcesses = config.watcher.enabled;
  return { memory, inodes, growth: growthOf(config), hostProcesses, ports: Object.fromEntries(ports) };
}
