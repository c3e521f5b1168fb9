import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigureGatewayInput } from "../../components/gateway-configuration.ts";
import { environmentOf, dataFolder, startCommand } from "../../gateway/processes.ts";
import { socketFolder } from "../../gateway/caddy-parts.ts";
import { secretLengthFor, tokenOf, userName } from "../../gateway/client.ts";
import { caddyImage, removeContainer } from "./fixtures.ts";
import { freePort } from "./free-port.ts";
import { Load } from "./load.ts";
import { docker } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** A gateway's container without a configuration, and something in its network that answers in the place of Ollama. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly container: string;
  /** Another `host:port` of the same server each. */
  readonly upstreams: readonly [string, string];
  readonly server: string;
}

/** What the server answers, to whatever it has read to its end. */
export const answer = '{"done":true}';

const serverConfig = {
  apps: {
    http: {
      servers: {
        reading: {
          listen: [":11434"],
          routes: [
            { handle: [{ handler: "reverse_proxy", request_buffers: -1, upstreams: [{ dial: "127.0.0.1:9000" }] }] },
          ],
        },
        answering: {
          listen: ["127.0.0.1:9000"],
          routes: [{ handle: [{ handler: "static_response", body: answer }] }],
        },
      },
    },
  },
};

const startServer = ["sh", "-c", 'printf %s "$0" > /config.json; exec caddy run --config /config.json'];

/** Starts a gateway's container as the program does. */
export async function startGateway(): Promise<TestGateway> {
  const network = await docker("network", "create", uniqueName("gemma-test-gateway"));
  const inNetwork = ["run", "-d", "--network", network];
  const names = ["--network-alias", "first", "--network-alias", "second"];
  const server = await docker(...inNetwork, ...names, caddyImage, ...startServer, JSON.stringify(serverConfig));
  const port = await freePort();
  const environment = [...environmentOf("door"), `HOME=${socketFolder}`, `XDG_DATA_HOME=${dataFolder}/data`];
  const container = await docker(
    ...inNetwork,
    "--publish",
    `127.0.0.1:${port}:8080`,
    ...[socketFolder, dataFolder].flatMap((folder) => ["--tmpfs", folder]),
    ...environment.flatMap((variable) => ["--env", variable]),
    caddyImage,
    ...startCommand,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    container,
    server,
    upstreams: ["first:11434", "second:11434"],
    async [Symbol.asyncDispose]() {
      await removeContainer(container);
      await removeContainer(server);
      await docker("network", "rm", network);
    },
  };
}

/** A client as the gateway knows it, and its token. */
export interface TestClient {
  readonly known: ConfigureGatewayInput["clients"][number];
  readonly token: string;
}

/** A client of a gateway with a hash that Caddy has made. */
export async function testClient(name: string): Promise<TestClient> {
  const user = userName(name, 1);
  const secret = name.slice(0, 1).repeat(secretLengthFor(user));
  const hashing = ["caddy", "hash-password", "--algorithm", "bcrypt", "--bcrypt-cost", "10", "--plaintext", secret];
  const hash = await docker("run", "--rm", caddyImage, ...hashing);
  return {
    known: { name, endpoints: ["tags", "generate"], accounts: [{ user, hash, expires: null }] },
    token: tokenOf(user, secret),
  };
}

/** What clients saw who asked without a pause while some work was done: how many were answered, and what the others got. */
export async function askingMeanwhile(clients: number, ask: () => Promise<string>, work: Promise<void>) {
  const load = new Load(clients, () => ask().catch((error: unknown) => String((error as Error).cause ?? error)));
  await work.then(() => sleep(100)).finally(() => load.stop());
  const failed = load.results.filter((text) => text !== answer);
  return { answered: load.results.length - failed.length, failed };
}
