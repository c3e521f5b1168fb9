import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { edgeFiles, type EdgeConfiguration } from "../../edge/configuration.ts";
import { edgeAlias, edgePort, startCommand } from "../../edge/layout.ts";
import type { EdgeClient, EdgePolicy } from "../../edge/policy.ts";
import type { EdgeSettings } from "../../edge/settings.ts";
import { defineTool } from "../../engine/docker.ts";
import { configureEdge } from "../../engine/edge-admin.ts";
import { prepareFiles } from "../../engine/edge-files.ts";
import { haproxyImage, removeContainer } from "./fixtures.ts";
import { freePort } from "./free-port.ts";
import { docker } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** What a test changes of {@link edgeConfiguration}. */
export interface EdgeChange {
  readonly settings?: Partial<EdgeSettings>;
  readonly policy?: Partial<EdgePolicy>;
  /** Name of the container that is usher and Ollama in one. */
  readonly server?: string | undefined;
  /** Name of Ollama's container, where it is another one. */
  readonly ollama?: string;
  readonly certificate?: string | undefined;
}

/** An edge as the program starts it, and two servers that it may have. */
export interface TestEdge extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly container: string;
  /** Names of the servers' containers. */
  readonly servers: readonly [string, string];
  /** Has the running edge do something else. */
  configure(change?: EdgeChange): Promise<void>;
  /** Starts another server by the name of one that was removed. */
  startServer(name: string): Promise<void>;
}

/** A token of a test by its text, as the edge knows it. */
export function tokenOf(text: string, expires: number | null = null) {
  return { sha256: createHash("sha256").update(text).digest("hex"), expires };
}

/** A client whose token is its name with `-token` behind it. */
export function testClient(name: string, more: Partial<EdgeClient> = {}): EdgeClient {
  return {
    name,
    tokens: [tokenOf(`${name}-token`)],
    endpoints: ["chat", "generate", "tags", "openai"],
    maxParallel: 4,
    maxQueue: 300,
    priority: 0,
    ...more,
  };
}

const defaultSettings: EdgeSettings = { tls: false, slots: 4, maxBody: 1, readTimeout: 60, holdTimeout: 60 };
const defaultPolicy: EdgePolicy = { clients: [testClient("web")], hosts: ["127.0.0.1", "localhost"], origins: [] };

/** What the edge of a test is to know. */
export function edgeConfiguration(server: string | undefined, change: EdgeChange = {}): EdgeConfiguration {
  const name = "server" in change ? change.server : server;
  return {
    settings: { ...defaultSettings, ...change.settings },
    policy: { ...defaultPolicy, ...change.policy },
    server: name === undefined ? undefined : { usher: name, ollama: change.ollama ?? name },
    certificate: change.certificate,
  };
}

/** Options of `docker run` with which the edge may do nothing but its work. */
export const hardened: readonly string[] = [
  ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "10002:10002"],
  ...["--tmpfs", "/tmp"],
];

const serverConfiguration = [
  "global",
  "  lua-load /edge-server.lua",
  "defaults",
  "  mode http",
  "  option http-no-delay",
  "  timeout http-request 10s",
  "  timeout client 1h",
  "  timeout server 1h",
  "frontend server",
  "  bind :8080",
  "  bind :11434",
  "  http-request use-service lua.tell",
].join("\n");

/** A volume that is the edge's own. */
async function emptyVolume(): Promise<{ readonly name: string } & AsyncDisposable> {
  const name = await docker("volume", "create", uniqueName("gemma-test-edge"));
  const asRoot = ["run", "--rm", "-v", `${name}:/data`, "--entrypoint", "sh", "--user", "0", haproxyImage];
  await docker(...asRoot, "-c", `${defineTool}; tool chown 10002:10002 /data`);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await docker("volume", "rm", name);
    },
  };
}

/** A volume with an edge's files. */
export async function preparedVolume(configuration: EdgeConfiguration) {
  const volume = await emptyVolume();
  await prepareFiles(haproxyImage, volume.name, edgeFiles(configuration));
  return volume;
}

/** Starts the edge whose files a volume has, hardened, and on two networks: that of its server, and one to publish on. */
export async function runEdge(volume: string, inside: string, outside: string) {
  const port = await freePort();
  const publish = ["--publish", `127.0.0.1:${port}:${edgePort}`, "-v", `${volume}:/var/lib/gateway`];
  const container = await docker(
    ...[
      "create",
      "--network",
      outside,
      "--network-alias",
      edgeAlias,
      ...hardened,
      ...publish,
      haproxyImage,
      ...startCommand,
    ],
  );
  await docker("network", "connect", inside, container);
  await docker("start", container);
  return { container, port };
}

/** Starts an edge, hardened and on two networks: one without a way out, on which its servers are, and one to publish on. */
export async function startEdge(change: EdgeChange = {}): Promise<TestEdge> {
  const name = uniqueName("gemma-test-edge");
  const servers = [`${name}-1`, `${name}-2`] as const;
  const [inside, outside] = [`${name}-inside`, `${name}-outside`];
  const startServer = async (server: string) => {
    const script = resolve(projectFolder, "test/support/edge-server.lua");
    const mount = ["-v", `${script}:/edge-server.lua:ro`, "-e", `NAME=${server}`];
    const start = ["sh", "-c", 'printf "%s\\n" "$0" > /tmp/server.cfg; exec haproxy -db -f /tmp/server.cfg'];
    const run = ["run", "-d", "--name", server, "--network", inside, "--tmpfs", "/tmp:mode=1777", ...mount];
    await docker(...run, haproxyImage, ...start, serverConfiguration);
  };
  const [volume] = await Promise.all([
    preparedVolume(edgeConfiguration(servers[0], change)),
    docker("network", "create", "--internal", inside).then(() => Promise.all(servers.map(startServer))),
    docker("network", "create", "--opt", "com.docker.network.bridge.enable_ip_masquerade=false", outside),
  ]);
  const { container, port } = await runEdge(volume.name, inside, outside);
  const configure = (more: EdgeChange = {}) => configureEdge(container, edgeConfiguration(servers[0], more));
  await configure(change);
  return {
    port,
    url: `${change.settings?.tls ? "https" : "http"}://127.0.0.1:${port}`,
    container,
    servers,
    configure,
    startServer,
    async [Symbol.asyncDispose]() {
      await Promise.all([container, ...servers].map(removeContainer));
      await docker("network", "rm", inside, outside);
      await volume[Symbol.asyncDispose]();
    },
  };
}
