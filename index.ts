import { BaseImage } from "./components/base-image.ts";
import { clientSettings } from "./components/client-settings.ts";
import { Gateway } from "./components/gateway.ts";
import { EmbeddedImage } from "./components/embedded-image.ts";
import { GpuCheck } from "./components/gpu-check.ts";
import { ModelPull } from "./components/model-pull.ts";
import { ModelStore } from "./components/model-store.ts";
import { ModelThreads } from "./components/model-threads.ts";
import { ollamaEnvironment } from "./components/ollama-env.ts";
import { OllamaService } from "./components/ollama-service.ts";
import { ReadinessGate } from "./components/readiness-gate.ts";
import { loadConfig } from "./config/load.ts";

const config = await loadConfig();
const { model, gpus } = config;
const embedded = config.delivery === "embedded";

const image = embedded
  ? new EmbeddedImage("ollama", { baseImage: config.baseImage, model })
  : new BaseImage("ollama", { image: config.baseImage });
const gpuCheck = gpus.kind === "none" ? [] : [new GpuCheck("gpus", { imageId: image.imageId, gpus })];
const store = embedded ? undefined : new ModelStore("models", { ...config.volume, imageId: image.imageId });
const environmentVariables = ollamaEnvironment(config.ollama);
const service = new OllamaService(
  "ollama",
  { ...config, imageId: image.imageId, volumeName: store?.name, environment: environmentVariables },
  { dependsOn: gpuCheck },
);
const server = { url: service.publishedUrl, containerId: service.containerId, model: model.name, digest: model.digest };
const pull = store && new ModelPull("model", { ...server, volumeName: store.name, registry: config.registry });
const threads = new ModelThreads(
  "threads",
  { ...server, threads: config.ollama.threads },
  { dependsOn: pull ? [pull] : [] },
);
const gate = new ReadinessGate("readiness", { ...server, ...config.readiness }, { dependsOn: threads });
const gateway = config.gateway.enabled
  ? new Gateway("gateway", { ...config, service }, { dependsOn: gate })
  : undefined;

export const baseUrl = gateway?.url ?? service.url;
export const modelName = model.name;
export const modelDigest = model.digest ?? pull?.digest;
export const imageIdentity = image.identity;
export const containerName = service.containerName;
export const environment = environmentVariables;
export const replacement = [config.replacement, config.replacementReason].filter(Boolean).join(": ");
export const clients = baseUrl.apply((url) => clientSettings(url, model.name, config.gateway.enabled));
export const readiness = gate.input;
export const tokens = gateway?.tokens;
export const rootCertificate = gateway?.rootCertificate;
export const gatewayStatus = gateway?.status;
