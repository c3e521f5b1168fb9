import { formatBytes, MiB } from "../support/units.ts";
import { findModel } from "./catalogue.ts";
import { gatewayRules } from "./gateway-rules.ts";
import { forEmbeddingAlone, gpuNeed, hostNeed, loadedText, loadedNames } from "./loaded-models.ts";
import { modelProblems } from "./model-rules.ts";
import { networkRules } from "./network-rules.ts";
import type { Problem } from "./problems.ts";
import { loopback, pinAdvice, pinned, type Rule } from "./rule.ts";
import type { StackConfig } from "./schema.ts";
import { watcherRules } from "./watcher-rules.ts";

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

const memoryHoldsModel: Rule = ({ models, memory, ollama, gpus }) => {
  if (!models || !memory || !ollama || !gpus) return undefined;
  const loading = { models, ollama, gpus };
  const need = hostNeed(loading);
  if (memory * MiB >= need.sum.total) return undefined;
  const onGpu = gpuNeed(loading);
  const several = need.models.length > 1;
  const lower = [
    ...(several ? ["ollama.maxLoadedModels"] : []),
    ...(onGpu ? ["ollama.cacheRam"] : ["ollama.contextLength", "ollama.numParallel"]),
  ];
  const advice =
    `write ${Math.ceil(need.sum.total / MiB / 1024)}GiB or more, or lower ${anyOf(lower)}` +
    (onGpu ? `; GPU memory holds ${loadedText(onGpu, loading)}` : "");
  const where = onGpu ? " of host memory" : "";
  return {
    path: ["memory"],
    message: `${loadedNames(need)} ${several ? "need" : "needs"} ${formatBytes(need.sum.total)}${where}: ${loadedText(need, loading)}; ${advice}`,
  };
};

function anyOf(keys: readonly string[]): string {
  return [keys.slice(0, -1).join(", "), ...keys.slice(-1)].filter((part) => part !== "").join(" or ");
}

const preloadedHaveRoom: Rule = ({ models = [], ollama }) => {
  const preloaded = models.filter(({ preload }) => preload).map(({ name }) => name);
  if (!ollama || preloaded.length <= ollama.maxLoadedModels) return undefined;
  return {
    path: ["ollama", "maxLoadedModels"],
    message: `${preloaded.join(" and ")} are preloaded, and ${ollama.maxLoadedModels} at most stay in memory: write ${preloaded.length} or more, or preload fewer`,
  };
};

const reservationWithinLimit: Rule = ({ memory, memoryReservation }) => {
  if (!memory || !memoryReservation || memoryReservation <= memory) return undefined;
  return {
    path: ["memoryReservation"],
    message: `more than the limit, memory ${formatBytes(memory * MiB)}: lower the reservation or raise the limit`,
  };
};

const contextWithinModels: Rule = ({ models = [], ollama }) => {
  if (!ollama) return undefined;
  const asked = models.filter((model) => model.contextLength === undefined && !forEmbeddingAlone(model));
  const tooLong = asked.find(({ name }) => ollama.contextLength > (findModel(name)?.contextLength ?? Infinity));
  if (tooLong === undefined) return undefined;
  const least = `${findModel(tooLong.name)?.contextLength} tokens at most: write that or less`;
  return {
    path: ["ollama", "contextLength"],
    message: `${tooLong.name} takes ${least}${asked.length > 1 ? ", or give it a contextLength of its own" : ""}`,
  };
};

const ollamaKnowsModels: Rule = ({ models = [], baseImage }) => {
  const version = /(?:^|\/)ollama:v?(\d+\.\d+\.\d+)(?![\d.])/.exec(baseImage ?? "")?.[1];
  const newest = models
    .map(({ name }) => ({ name, least: findModel(name)?.leastOllama ?? "0" }))
    .toSorted((one, other) => byVersion(other.least, one.least))[0];
  if (version === undefined || newest === undefined || byVersion(version, newest.least) >= 0) return undefined;
  return {
    path: ["baseImage"],
    message: `${newest.name} needs Ollama ${newest.least} or later, and this is ${version}: name a later image`,
  };
};

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

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
  embeddedBaseIsPinned,
  exposedNeedsOrigins,
  startFirstNeedsFreePort,
  pullNeedsWayOut,
  memoryHoldsModel,
  reservationWithinLimit,
  contextWithinModels,
  preloadedHaveRoom,
  ollamaKnowsModels,
  threadsWithinCpus,
  kvCacheNeedsFlashAttention,
  embeddedStaysOffline,
  residencyNeedsGpu,
  ...gatewayRules,
  ...watcherRules,
  ...networkRules,
];

/** Every rule between keys that the configuration breaks. */
export function brokenRules(config: Partial<StackConfig>): Problem[] {
  return [...modelProblems(config), ...rules.flatMap((rule) => rule(config) ?? [])];
}
