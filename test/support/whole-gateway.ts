import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import * as pulumi from "@pulumi/pulumi";
import { bundledVersion } from "../../components/bundled-version.ts";
import { Usher, type UsherArgs } from "../../components/usher.ts";
import { usherImageName } from "../../docker/identity.ts";
import { certificateText } from "../../edge/certificate.ts";
import type { EdgePolicy } from "../../edge/policy.ts";
import { configureEdge } from "../../engine/edge-admin.ts";
import { configureUsher } from "../../engine/usher-admin.ts";
import { endpointNames } from "../../config/gateway.ts";
import { MiB } from "../../support/units.ts";
import { declare, only } from "../unit/support/pulumi-mocks.ts";
import { authorities, bundleOf, issue } from "./certificate.ts";
import { runArguments } from "./declared-container.ts";
import { edgeConfiguration, preparedVolume, runEdge, testClient, type EdgeChange } from "./edge.ts";
import { creation, creationMount, embeddingFile, embeddingModel, model, removeContainer } from "./fixtures.ts";
import { importNodeImage } from "./node-image.ts";
import { startServer } from "./server.ts";
import { docker, must, run } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** A model that is loaded, as Ollama says of it, but for when it will be unloaded. */
export interface Loaded {
  readonly name: string;
  readonly context_length: number;
  readonly size: number;
}

/** Edge, usher and a real Ollama with the tests' model, as clients meet them; each client's token is its name with `-token`. */
export interface WholeGateway extends AsyncDisposable {
  /** Base URL without TLS. */
  readonly url: string;
  /** Base URL with TLS, of the same usher. */
  readonly tlsUrl: string;
  /** File with the root certificate of {@link tlsUrl}. */
  readonly root: string;
  /** What Ollama says of the models that are loaded. */
  loaded(): Promise<readonly Loaded[]>;
}

/** A client that may ask everything. */
export const everything = testClient("all", { endpoints: endpointNames, maxParallel: 4, maxQueue: 64 });
/** A client that may chat by Ollama's interface, and nothing else. */
const chatOnly = testClient("chat", { endpoints: ["chat"] });
/** A client that may ask everything, but one request at a time. */
const oneAtATime = testClient("small", { endpoints: endpointNames, maxParallel: 1, maxQueue: 0 });

/** Why there is no {@link embeddingModel}, undefined when there is. */
export function missingForEmbeddings(): string | undefined {
  return existsSync(embeddingFile) ? undefined : `there is no model of embeddings at ${embeddingFile}`;
}

/** Origin of the web pages that may call, on any port. */
const pageOrigin = "http://localhost:*";
/** Greatest length of a request's body, MiB. */
export const maxBody = 1;

const policy: EdgePolicy = {
  clients: [everything, chatOnly, oneAtATime],
  hosts: ["127.0.0.1", "localhost"],
  origins: [pageOrigin],
};

const usherSettings: UsherArgs["settings"] = {
  maxBody: maxBody * MiB,
  readTimeout: 60,
  requestTimeout: 300,
  holdTimeout: 0.1,
  drainTimeout: 1,
  reload: "drop",
  models: missingForEmbeddings() === undefined ? [model, embeddingModel] : [model],
  kept: [],
  clients: policy.clients.map(({ name }) => ({ name, models: null, maxTokens: 64, allowReload: false })),
};

/** Starts all of it on networks of its own. */
export async function startWholeGateway(): Promise<WholeGateway> {
  await using started = new AsyncDisposableStack();
  const name = uniqueName("gemma-test-whole");
  const [inside, outside, server, usher] = [`${name}-inside`, `${name}-outside`, `${name}-ollama`, `${name}-usher`];
  const folder = mkdtempSync(join(tmpdir(), "gemma-whole-"));
  started.defer(() => {
    rmSync(folder, { recursive: true });
  });
  const base = `localhost/${name}-node:1`;
  const image = usherImageName({ image: base, code: bundledVersion("usher") });
  started.defer(async () => {
    await run("docker", ["rmi", image, base]);
    await run("docker", ["network", "rm", inside, outside]);
  });
  await Promise.all([
    docker("network", "create", "--internal", inside),
    docker("network", "create", "--opt", "com.docker.network.bridge.enable_ip_masquerade=false", outside),
  ]);
  started.defer(() => removeContainer(usher));
  const variables = ["-e", "OLLAMA_NO_CLOUD=1", "-e", "LLAMA_ARG_THREADS=1"];
  const [ollama] = await Promise.all([
    startServer("--cpus", "1", "--name", server, ...variables, ...creationMount()),
    startUsher(base, image, ["run", "-d", "--network", inside, "--name", usher]),
  ]);
  started.use(ollama);
  await docker("exec", server, "sh", "-ec", creation().join("\n"));
  if (missingForEmbeddings() === undefined) {
    await docker("exec", server, "sh", "-ec", creation(embeddingModel, embeddingFile).join("\n"));
  }
  await docker("network", "connect", inside, server);
  await configureUsher(usher, { upstream: `${server}:11434`, ...usherSettings });

  const { root, authority } = authorities(folder);
  const site = issue(folder, { by: authority });
  const chain = readFileSync(bundleOf(join(folder, "chain.pem"), site, authority), "utf8");
  const certificate = certificateText(chain, readFileSync(site.key, "utf8"));
  const startEdge = async (change: EdgeChange) => {
    const configuration = edgeConfiguration(usher, { ...change, policy, ollama: server });
    const volume = await preparedVolume(configuration);
    const { container, port } = await runEdge(volume.name, inside, outside);
    started.defer(async () => {
      await removeContainer(container);
      await volume[Symbol.asyncDispose]();
    });
    await configureEdge(container, configuration);
    return port;
  };
  // Long enough for a place to be held.
  const settings = { maxBody, readTimeout: 600 };
  const port = await startEdge({ settings });
  const tlsPort = await startEdge({ settings: { ...settings, tls: true }, certificate });

  const all = started.move();
  return {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: `https://localhost:${tlsPort}`,
    root: root.certificate,
    async loaded() {
      const { models } = (await (await fetch(`${ollama.url}/api/ps`)).json()) as { models: Loaded[] };
      return models.map(({ name: loaded, context_length, size }) => ({ name: loaded, context_length, size }));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Starts the usher's image as the program declares its container. */
async function startUsher(base: string, image: string, start: readonly string[]): Promise<void> {
  await importNodeImage(base);
  const input = JSON.stringify({ image, baseImage: base, code: bundledVersion("usher") });
  await must(process.execPath, ["commands/build-usher.ts"], { input });
  const none = pulumi.output("");
  const args: UsherArgs = {
    ...{ imageId: image, server: { containerId: none, containerName: none, networkName: none } },
    ...{ restart: "no", logging: { maxSize: 10, maxFile: 3 }, memory: 512, cpus: 1, settings: usherSettings },
  };
  const { resources } = await declare((options) => new Usher("usher", args, options));
  const { inputs } = only(resources, "docker:index/container:Container");
  await docker(...start, ...runArguments(inputs, image, ["/var/lib/usher"]));
}

/** Takes the one place of {@link oneAtATime} until it is disposed of, with a request whose body does not come. */
export async function heldPlace(url: string): Promise<Disposable> {
  const { protocol, hostname, port } = new URL(url);
  const to = { host: hostname, port: Number(port) };
  const socket = protocol === "https:" ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
  socket.on("error", () => undefined);
  const expecting = ["Expect: 100-continue", "Content-Length: 9"];
  const token = `Authorization: Bearer ${oneAtATime.name}-token`;
  socket.write(`${["POST /api/chat HTTP/1.1", `Host: ${hostname}`, token, ...expecting].join("\r\n")}\r\n\r\n`);
  const [told] = (await once(socket, "data")) as [Buffer];
  // The edge may not have seen yet that the one before has given it back.
  if (told.toString().startsWith("HTTP/1.1 429 ")) return heldPlace(url);
  if (!told.toString().startsWith("HTTP/1.1 100 ")) throw new Error(`the place was not had: ${told.toString()}`);
  return {
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}
