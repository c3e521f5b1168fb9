import { formatBytes, MiB } from "../support/units.ts";
import { findModel } from "./catalogue.ts";
import { gpuMemoryNeed, memoryNeed, partsText } from "./memory-need.ts";
import type { Problem } from "./problems.ts";
import { gatewayRules } from "./gateway-rules.ts";
import { networkRules } from "./network-rules.ts";
import { loopback, pinAdvice, pinned, type Rule } from "./rule.ts";
import type { StackConfig } from "./schema.ts";

const digestMatchesCatalogue: Rule = ({ model }) => {
  const known = model && findModel(model.name);
  if (!model?.digest || !known || model.digest === known.digest) return undefined;
  return {
    path: ["model", "digest"],
    message: `config/models.json knows ${model.name} as ${known.digest}; use that, or correct the catalogue`,
  };
};

const embeddedIsPinned: Rule = ({ delivery, model }) => {
  if (delivery !== "embedded" || !model || model.digest || findModel(model.name)) return undefined;
  return {
    path: ["model", "digest"],
    message: `delivery embedded needs the manifest digest of ${model.name}, which config/models.json does not have: write it here`,
  };
};

const embeddedBaseIsPinned: Rule = ({ delivery, baseImage }) => {
  if (delivery !== "embedded" || !baseImage || pinned(baseImage)) return undefined;
  return {
    path: ["baseImage"],
    message: `delivery embedded needs a base image that cannot move: ${pinAdvice}`,
  };
};

const exposedNeedsOrigins: Rule = ({ address, ollama }) => {
  if (!address || !ollama || loopback(address) || !ollama.origins.includes("*")) return undefined;
  return {
    path: ["address"],
    message:
      "published beyond loopback while ollama.origins allows every origin (*): list the allowed origins, or publish on 127.0.0.1",
  };
};

const startFirstNeedsFreePort: Rule = ({ replacement, port, network, gateway }) => {
  if (replacement !== "start-first" || port === undefined || port === 0) return undefined;
  if (network?.internal || gateway?.enabled) return undefined;
  return {
    path: ["replacement"],
    message: `the old and the new container cannot both publish port ${port}: write recreate, port 0 for any free port, or gateway.enabled`,
  };
};

const pullNeedsWayOut: Rule = ({ delivery, network, volume }) => {
  if (delivery !== "pull" || !network?.internal || volume?.readOnly) return undefined;
  return {
    path: ["network", "internal"],
    message:
      "delivery pull downloads the model through the server, which needs a way out: write false, or delivery embedded",
  };
};

const memoryHoldsModel: Rule = ({ model, memory, ollama, gpus }) => {
  const known = model && findModel(model.name);
  if (!known || !memory || !ollama || !gpus) return undefined;
  const need = memoryNeed(known, { ollama, gpus });
  if (memory * MiB >= need.total) return undefined;
  const onGpu = gpuMemoryNeed(known, { ollama, gpus });
  const least = `write ${Math.ceil(need.total / MiB / 1024)}GiB or more, or lower`;
  const advice = onGpu
    ? `${least} ollama.cacheRam; GPU memory holds ${partsText(onGpu, { ollama })}`
    : `${least} ollama.contextLength or ollama.numParallel`;
  const where = onGpu ? " of host memory" : "";
  return {
    path: ["memory"],
    message: `${model.name} needs ${formatBytes(need.total)}${where}: ${partsText(need, { ollama })}; ${advice}`,
  };
};

const reservationWithinLimit: Rule = ({ memory, memoryReservation }) => {
  if (!memory || !memoryReservation || memoryReservation <= memory) return undefined;
  return {
    path: ["memoryReservation"],
    message: `more than the limit, memory ${formatBytes(memory * MiB)}: lower the reservation or raise the limit`,
  };
};

const contextWithinModel: Rule = ({ model, ollama }) => {
  const known = model && findModel(model.name);
  if (!known || !ollama || ollama.contextLength <= known.contextLength) return undefined;
  return {
    path: ["ollama", "contextLength"],
    message: `${model.name} takes ${known.contextLength} tokens at most: write that or less`,
  };
};

const threadsWithinCpus: Rule = ({ cpus, ollama }) => {
  if (!cpus || !ollama?.threads || ollama.threads <= Math.ceil(cpus)) return undefined;
  return {
    path: ["ollama", "threads"],
    message: `more threads than the CPU limit (cpus ${cpus}) only wait for one another: write ${Math.ceil(cpus)} or less, or leave it out`,
  };
};

const kvCacheNeedsFlashAttention: Rule = ({ ollama }) => {
  if (!ollama || ollama.kvCacheType === "f16" || ollama.flashAttention !== "off") return undefined;
  return {
    path: ["ollama", "kvCacheType"],
    message: "a quantised KV cache needs flash attention: write f16, or set ollama.flashAttention to auto or on",
  };
};

const embeddedStaysOffline: Rule = ({ delivery, ollama }) => {
  if (delivery !== "embedded" || !ollama || ollama.noCloud) return undefined;
  return {
    path: ["ollama", "noCloud"],
    message:
      "delivery embedded is for hosts without internet, where the server would call ollama.com in vain: write true",
  };
};

const residencyNeedsGpu: Rule = ({ gpus, readiness }) => {
  if (!gpus || !readiness?.requireGpu || gpus.kind !== "none") return undefined;
  return {
    path: ["readiness", "requireGpu"],
    message: "the model cannot be on a GPU while gpus is none: reserve a GPU, or write false",
  };
};

const rules: readonly Rule[] = [
  digestMatchesCatalogue,
  embeddedIsPinned,
  embeddedBaseIsPinned,
  exposedNeedsOrigins,
  startFirstNeedsFreePort,
  pullNeedsWayOut,
  memoryHoldsModel,
  reservationWithinLimit,
  contextWithinModel,
  threadsWithinCpus,
  kvCacheNeedsFlashAttention,
  embeddedStaysOffline,
  residencyNeedsGpu,
  ...gatewayRules,
  ...networkRules,
];

/** Every rule between keys that the configuration breaks. */
export function brokenRules(config: Partial<StackConfig>): Problem[] {
  return rules.flatMap((rule) => rule(config) ?? []);
}
