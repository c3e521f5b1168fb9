import { findModel } from "../../config/catalogue.ts";
import { subnetsOf } from "../../config/host-networks.ts";
import { gatewayNeed, gpuMemoryNeed, memoryNeed } from "../../config/memory-need.ts";
import { MiB } from "../../support/units.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { certificateFile } from "../../gateway/certificate.ts";
import { totalSize, type Manifest } from "../../ollama/manifest.ts";
import type { FurtherNeeds } from "./further-needs.ts";
import type { Content, PackagedImage } from "./manifest.ts";
import type { Inodes } from "./missing.ts";
import type { Needs } from "../preflight/check.ts";

const sum = (contents: readonly Content[]) => contents.reduce((total, { size }) => total + size, 0);
const carried = (contents: readonly Content[]) => contents.filter(({ files }) => files.length > 0);

/** What a host must have for a stack: from its configuration, and from what the package brings. */
export function hostNeeds(
  config: ResolvedConfig,
  model: Manifest,
  images: readonly PackagedImage[],
  tools: readonly Content[],
  created: string,
): Needs {
  const { memory, cpus, gpus, address, port, network, gateway } = config;
  const lowest = images.flatMap(({ layers }) => layers.slice(0, 1));
  const others = images.flatMap(({ layers }) => layers.slice(1));
  return {
    memoryBytes: memory * MiB,
    modelBytes: totalSize(model),
    cpus: Math.max(cpus, ...(gateway.enabled ? [gateway.cpus, gateway.usher.cpus] : [])),
    gpus,
    ...gpuMemory(config),
    address,
    port: network.internal && !gateway.enabled ? 0 : port,
    subnets: Object.fromEntries(Object.entries(subnetsOf(config)).map(([key, subnet]) => [key, subnet ?? null])),
    // The lowest layer is written once; `docker load` first unpacks a copy of what it is given.
    engineBytes: sum(carried(lowest)) + 2 * sum(carried(others)),
    // containerd's store keeps a layer and its unpacked files.
    containerdBytes: 2 * (sum(carried(lowest)) + sum(carried(others))),
    dataBytes: sum(carried(tools)),
    ...certificateOf(gateway),
    created,
  };
}

function certificateOf({ enabled, tls, hosts }: ResolvedConfig["gateway"]): Pick<Needs, "certificate" | "tls"> {
  const certificate = enabled ? certificateFile(tls) : null;
  return { certificate, ...(certificate !== null && tls.key !== undefined && { tls: { key: tls.key, hosts } }) };
}

/** Nothing for a model of which nothing is known. */
function gpuMemory({ model, ollama, gpus, readiness }: ResolvedConfig): Pick<Needs, "gpuMemory"> {
  const known = knownModel(model);
  const need = known && gpuMemoryNeed(known, { ollama, gpus });
  if (need === undefined) return {};
  return { gpuMemory: { weightsBytes: need.weights, totalBytes: need.total, required: readiness.requireGpu } };
}

/** What a host must have for a stack that the manifest has no place for. */
export function furtherNeeds({ model, ollama, gpus, gateway }: ResolvedConfig, inodes: Inodes): FurtherNeeds {
  const known = knownModel(model);
  const memory = known && memoryNeed(known, { ollama, gpus }).total + gatewayNeed(gateway).total;
  return { memory: memory ?? null, inodes };
}

function knownModel({ name, digest }: ResolvedConfig["model"]) {
  const known = findModel(name);
  return known?.digest === digest ? known : undefined;
}
