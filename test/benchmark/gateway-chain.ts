import * as pulumi from "@pulumi/pulumi";
import { EdgeContainer, type EdgeContainerArgs } from "../../components/edge-container.ts";
import { bundledVersion } from "../../components/bundled-version.ts";
import { Usher, type UsherArgs } from "../../components/usher.ts";
import { usherImageName } from "../../docker/identity.ts";
import { edgeAlias, edgeFolder, edgePort } from "../../edge/layout.ts";
import { configureEdge } from "../../engine/edge-admin.ts";
import { configureUsher } from "../../engine/usher-admin.ts";
import { ollamaPort } from "../../ollama/server.ts";
import { MiB } from "../../support/units.ts";
import { runArguments } from "../support/declared-container.ts";
import { edgeConfiguration, preparedVolume, testClient } from "../support/edge.ts";
import { haproxyImage, removeContainer } from "../support/fixtures.ts";
import { importNodeImage } from "../support/node-image.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";
import { declare, named } from "../unit/support/pulumi-mocks.ts";
import { usageOf, type ContainerUsage } from "./container-usage.ts";
import type { Destination } from "./light-client.ts";
import type { ModelServer } from "./model-servers.ts";

/** Memory limits of edge and usher where the configuration says nothing, MiB. */
export const memoryLimits = { edge: 256, usher: 512 } as const;

/** A server with an usher and an edge in front of it, each in a container as the program declares it. */
export interface Chain extends AsyncDisposable {
  /** The server itself, past all else. */
  readonly direct: Destination;
  readonly network: string;
  readonly edge: ContainerUsage;
  readonly usher: ContainerUsage;
  readonly server: ContainerUsage;
  /** The edge at its container's own address, past what publishing a port takes. */
  through(client: string): Destination;
}

const common = { restart: "no", logging: { maxSize: 10, maxFile: 3 }, cpus: 1 } as const;
const maxBody = 32;
const times = { readTimeout: 60, holdTimeout: 60, requestTimeout: 3600, drainTimeout: 30 };

/** Starts a server, and in front of it what makes up the gateway, for some clients with so many slots. */
export async function startChain(server: ModelServer, clients: readonly string[], slots: number): Promise<Chain> {
  const name = uniqueName("gemma-benchmark");
  const networks = { inside: `${name}-inside`, outside: `${name}-outside` };
  const names = { server: `${name}-server`, usher: `${name}-usher` };
  await docker("network", "create", "--internal", networks.inside);
  await docker("network", "create", "--opt", "com.docker.network.bridge.enable_ip_masquerade=false", networks.outside);
  await server.start(names.server, networks.inside);
  const image = await usherImage();
  await docker("run", "-d", "--name", names.usher, "--network", networks.inside, ...(await usherArguments(image.name)));
  const policy = {
    clients: clients.map((client) =>
      testClient(client, { endpoints: ["chat", "generate", "version"], maxParallel: slots }),
    ),
  };
  const change = { policy, settings: { ...times, slots, maxBody }, ollama: names.server };
  const volume = await preparedVolume(edgeConfiguration(names.usher, change));
  const mount = ["-v", `${volume.name}:${edgeFolder}`];
  const edge = await docker(
    "create",
    "--network",
    networks.outside,
    "--network-alias",
    edgeAlias,
    ...mount,
    ...(await edgeArguments()),
  );
  await docker("network", "connect", networks.inside, edge);
  await docker("start", edge);
  const { readTimeout, requestTimeout, holdTimeout, drainTimeout } = times;
  await configureUsher(names.usher, {
    upstream: `${names.server}:${ollamaPort}`,
    ...{
      maxBody: maxBody * MiB,
      readTimeout,
      requestTimeout,
      holdTimeout,
      drainTimeout,
      reload: "drop",
      models: [server.model],
      kept: [],
    },
    clients: clients.map((client) => ({ name: client, models: null, maxTokens: null, allowReload: false })),
  });
  await configureEdge(edge, edgeConfiguration(names.usher, change));
  const address = await addressIn(networks.outside, edge);
  return {
    direct: { host: await addressIn(networks.inside, names.server), port: ollamaPort },
    network: networks.inside,
    edge: await usageOf(edge),
    usher: await usageOf(names.usher),
    server: await usageOf(names.server),
    through: (client) => ({ host: address, port: edgePort, headers: { Authorization: `Bearer ${client}-token` } }),
    async [Symbol.asyncDispose]() {
      await Promise.all([edge, names.usher, names.server].map(removeContainer));
      await docker("network", "rm", networks.inside, networks.outside);
      await volume[Symbol.asyncDispose]();
      await run("docker", ["rmi", image.name, image.base]);
    },
  };
}

async function usherImage() {
  const base = `${uniqueName("localhost/gemma/benchmark-node")}:1`;
  await importNodeImage(base);
  const contents = { image: base, code: bundledVersion("usher") };
  const name = usherImageName(contents);
  const input = JSON.stringify({ image: name, baseImage: base, code: contents.code });
  await must("node", ["commands/build-usher.ts"], { input });
  return { name, base };
}

/** Arguments of `docker run` for an usher as the program declares it; its folder is in memory. */
async function usherArguments(image: string): Promise<string[]> {
  const none = pulumi.output("");
  const server = { containerId: none, containerName: none, networkName: none };
  const settings = { ...times, maxBody: MiB, reload: "drop", models: [], kept: [], clients: [] } as const;
  const args: UsherArgs = { ...common, imageId: image, server, memory: memoryLimits.usher, settings };
  const { resources } = await declare((options) => new Usher("usher", args, options));
  return runArguments(named(resources, "usher-container").inputs, image, ["/var/lib/usher"]);
}

async function edgeArguments(): Promise<string[]> {
  const args: EdgeContainerArgs = {
    ...{ ...common, imageId: haproxyImage, networkName: "", subnet: undefined, address: "127.0.0.1", port: 0 },
    ...{ memory: memoryLimits.edge, settings: { ...times, slots: 1, maxBody } },
    ...{ policy: { clients: [], hosts: [], origins: [] }, tls: { mode: "none" }, drainTimeout: 1 },
  };
  const { resources } = await declare((options) => new EdgeContainer("edge", args, options));
  return runArguments(named(resources, "edge-container").inputs, haproxyImage, []);
}

function addressIn(network: string, container: string): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  return docker("inspect", "--format", format, container);
}
