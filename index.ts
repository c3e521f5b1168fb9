import "./support/own-stack-traces.ts";
import * as pulumi from "@pulumi/pulumi";
import { BaseImage } from "./components/base-image.ts";
import { certificateProblems } from "./components/certificate-problems.ts";
import { Gateway } from "./components/gateway.ts";
import { EmbeddedImage } from "./components/embedded-image.ts";
import { GpuCheck } from "./components/gpu-check.ts";
import { Monitoring } from "./components/monitoring.ts";
import { ModelPull } from "./components/model-pull.ts";
import { ModelStore } from "./components/model-store.ts";
import { ModelParameters } from "./components/model-parameters.ts";
import { watchedBy } from "./components/watched.ts";
import { ollamaEnvironment } from "./components/ollama-env.ts";
import { labelEverything } from "./components/label-everything.ts";
import { useCurrentEngine } from "./components/on-engine.ts";
import { keptModels, readinessOf, servedModels, watchedModels } from "./components/served-models.ts";
import { OllamaService } from "./components/ollama-service.ts";
import { Watcher } from "./components/watcher.ts";
import { ReadinessGate } from "./components/readiness-gate.ts";
import { rotationProblems, withKeptTokens } from "./components/rotations.ts";
import { backendUrl } from "./config/backend.ts";
import { decidedReplacement } from "./config/decided-replacement.ts";
import { hostProblems, hostWarnings, monitoringPorts } from "./config/host-rules.ts";
import { probeClient } from "./config/resolve.ts";
import { loadConfig, refuseProblems, warnOf } from "./config/load.ts";
import { gatherHost } from "./engine/host.ts";
import { planReplacement, type ReplacementPlan } from "./engine/replacement.ts";
import { stackLabels } from "./engine/stack-labels.ts";
import { isForeignVolume } from "./engine/volume.ts";
import { programVersion } from "./support/program-version.ts";
import { projectFolder } from "./support/project-folder.ts";

const config = await withKeptTokens(await loadConfig());
const { models, gpus } = config;
const embedded = config.delivery === "embedded";
const engine = await useCurrentEngine();
const labels = stackLabels({
  project: pulumi.getProject(),
  stack: pulumi.getStack(),
  backend: backendUrl(),
  folder: projectFolder,
});
labelEverything(labels);
const decided = decidedReplacement(config);
let plan: ReplacementPlan = { replacement: decided ?? config.replacement };
// Under Pulumi's mocks there is no host.
if (pulumi.runtime.hasEngine()) {
  const place = config.network.internal && !config.gateway.enabled ? undefined : config;
  const host = await gatherHost(engine.endpoint, { labels, place, loopbackPorts: monitoringPorts(config) });
  await refuseProblems([
    ...hostProblems(config, host),
    ...(await certificateProblems(config)),
    ...(await rotationProblems(config)),
  ]);
  await warnOf(hostWarnings(config, host));
  if (decided === undefined) plan = await planReplacement(config, { endpoint: engine.endpoint, labels });
}

const foreign =
  !embedded && pulumi.runtime.hasEngine() && (await isForeignVolume(engine.endpoint, config.volume.name, labels));
if (foreign && !config.volume.retainOnDelete)
  await pulumi.log.warn(
    `The volume ${config.volume.name} is not one that this stack has made, so it stays when the stack is taken down, ` +
      `whatever volume.retainOnDelete says; \`docker volume rm ${config.volume.name}\` deletes it, models and all`,
  );

const image = embedded
  ? new EmbeddedImage("ollama", { baseImage: config.baseImage, models })
  : new BaseImage("ollama", { image: config.baseImage });
const gpuCheck = gpus.kind === "none" ? [] : [new GpuCheck("gpus", { imageId: image.imageId, gpus })];
const store =
  embedded || config.volume.readOnly
    ? undefined
    : new ModelStore("models", {
        name: config.volume.name,
        retainOnDelete: config.volume.retainOnDelete,
        imageId: image.imageId,
        labels,
        foreign,
      });
const environmentVariables = ollamaEnvironment(config.ollama);
const service = new OllamaService(
  "ollama",
  {
    imageId: image.imageId,
    volumeName: embedded ? undefined : (store?.name ?? config.volume.name),
    volumeReadOnly: config.volume.readOnly,
    environment: environmentVariables,
    address: config.address,
    port: config.port,
    network: config.network,
    ...plan,
    memory: config.memory,
    memoryReservation: config.memoryReservation,
    shmSize: config.shmSize,
    cpus: config.cpus,
    gpus,
    restart: config.restart,
    logging: config.logging,
  },
  { dependsOn: [...gpuCheck, ...(store ? [store] : [])] },
);
const server = { url: service.publishedUrl, containerId: service.containerId, models };
const pull =
  store &&
  new ModelPull("models", {
    ...server,
    volumeName: store.name,
    registry: config.registry,
    prune: config.volume.prune,
  });
const parameters = new ModelParameters(
  "parameters",
  { ...server, threads: config.ollama.threads },
  { dependsOn: pull ? [pull] : [] },
);
const gate = new ReadinessGate(
  "readiness",
  { ...server, ...config.readiness, models: readinessOf(models) },
  { dependsOn: parameters },
);
const gateway = config.gateway.enabled
  ? new Gateway(
      "gateway",
      {
        service,
        models: models.map(({ name }) => name),
        kept: keptModels(models),
        gateway: config.gateway,
        ollama: config.ollama,
        address: config.address,
        port: config.port,
        restart: config.restart,
        logging: config.logging,
      },
      { dependsOn: gate },
    )
  : undefined;
if (config.watcher.enabled)
  new Watcher(
    "watcher",
    {
      service,
      gateway: gateway?.watched,
      models: watchedModels(models),
      gpu: gpus.kind !== "none",
      watcher: config.watcher,
      restart: config.restart,
      logging: config.logging,
    },
    { dependsOn: gateway ?? gate },
  );
const monitoring = config.monitoring.enabled
  ? new Monitoring(
      "monitoring",
      {
        ...config,
        watched: watchedBy(config),
        serverNetwork: service.networkName,
        gatewayNetwork: gateway?.networkName,
        token: gateway?.tokens.apply((tokens) => tokens[probeClient] ?? ""),
        deployed: {
          server: service.containerId,
          image: image.identity,
          baseImage: config.baseImage,
          program: programVersion,
        },
        shellImage: image.imageId,
      },
      { dependsOn: gateway ?? gate },
    )
  : undefined;

// One object, so that a stack without a gateway has no outputs of one.
export default {
  baseUrl: gateway?.url ?? service.url,
  models: servedModels(models, pull?.digests),
  imageIdentity: image.identity,
  containerName: service.containerName,
  environment: environmentVariables,
  replacement: [config.replacement, config.replacementReason].filter(Boolean).join(": "),
  readiness: gate.input,
  engine,
  ...(gateway && {
    tokens: gateway.tokens,
    rootCertificate: gateway.rootCertificate,
    gatewayStatus: gateway.status,
  }),
  ...(monitoring && { monitoring: monitoring.status, monitoringPassword: monitoring.password }),
};
