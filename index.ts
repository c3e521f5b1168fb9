import { BaseImage } from "./components/base-image.ts";
import { clientSettings } from "./components/client-settings.ts";
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
const store = embedded ? undefined : new ModelStore("models", config.volume);
const environmentVariables = ollamaEnvironment(config.ollama);
const service = new OllamaService(
  "ollama",
  { ...config, imageId: image.imageId, volumeName: store?.name, environment: environmentVariables },
  { dependsOn: gpuCheck },
);
const server = { url: service.url, containerId: service.containerId, model: model.name, digest: model.digest };
const pull = store && new ModelPull("model", { ...server, volumeName: store.name, registry: config.registry });
const threads = new ModelThreads(
  "threads",
  { ...server, threads: config.ollama.threads },
  { dependsOn: pull ? [pull] : [] },
);
const gate = new ReadinessGate("readiness", { ...server, ...config.readiness }, { dependsOn: threads });

export const baseUrl = service.url;
export const modelName = model.name;
export const modelDigest = model.digest ?? pull?.digest;
export const imageIdentity = image.identity;
export const containerName = service.containerName;
export const environment = environmentVariables;
export const replacement = [config.replacement, config.replacementReason].filter(Boolean).join(": ");
export const clients = service.url.apply((url) => clientSettings(url, model.name));
export const readiness = gate.input;
