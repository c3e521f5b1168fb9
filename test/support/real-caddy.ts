import type { Json } from "../../gateway/caddy-parts.ts";
import { caddyImage, removeContainer } from "./fixtures.ts";
import { freePort } from "./free-port.ts";
import { rawRequest, type RawAnswer } from "./raw-request.ts";
import { docker, must } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** A request; what is left out is not sent. */
export interface CaddyRequest {
  readonly method: string;
  /** Target of the request line. */
  readonly target: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

const start = [
  "sh",
  "-c",
  `echo '{"admin":{"listen":"unix//run/admin.sock"}}' >/run/c.json; exec caddy run --config /run/c.json`,
];

/** A Caddy without a configuration of its own. */
export class RealCaddy implements AsyncDisposable {
  readonly #container: string;
  readonly #network: string;
  readonly #port: number;

  private constructor(container: string, network: string, port: number) {
    this.#container = container;
    this.#network = network;
    this.#port = port;
  }

  static async start(): Promise<RealCaddy> {
    const network = await docker("network", "create", uniqueName("gemma-test-caddy"));
    const port = await freePort();
    const options = ["--network", network, "--publish", `127.0.0.1:${port}:8080`, "--tmpfs", "/run/gateway"];
    return new RealCaddy(await docker("run", "-d", ...options, caddyImage, ...start), network, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeContainer(this.#container);
    await docker("network", "rm", this.#network);
  }

  /** Hash of a password as the gateway gets it, of little work. */
  hash(password: string): Promise<string> {
    return docker("exec", this.#container, "caddy", "hash-password", "--bcrypt-cost", "5", "--plaintext", password);
  }

  /** Gives it servers; the one that is asked listens on the published port, whatever it says itself. */
  async load(asked: Json, others: Readonly<Record<string, Json>> = {}): Promise<void> {
    const servers = { ...others, asked: { ...asked, listen: [":8080"], automatic_https: { disable: true } } };
    const config = { admin: { listen: "unix//run/admin.sock" }, apps: { http: { servers } } };
    const reload =
      "until [ -S /run/admin.sock ]; do sleep 0.1; done; exec caddy reload --config - --address unix//run/admin.sock";
    await must("docker", ["exec", "-i", this.#container, "sh", "-c", reload], { input: JSON.stringify(config) });
  }

  /** Sends a request as it is written, on a connection of its own. */
  send({ method, target, host, headers }: CaddyRequest): Promise<RawAnswer> {
    const lines = Object.entries({ Host: host, ...headers, Connection: "close" }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return rawRequest(this.#port, [`${method} ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  }

  /** What a server answers to errors, in the order in which they are given. */
  async answersTo(
    server: Json,
    errors: readonly { readonly status: number; readonly message: string }[],
    others?: Readonly<Record<string, Json>>,
  ): Promise<RawAnswer[]> {
    const routes = errors.map(({ status, message }, index) => ({
      match: [{ path: [`/${index}`] }],
      handle: [{ handler: "error", status_code: status, error: message }],
    }));
    await this.load({ ...server, routes }, others);
    return Promise.all(
      errors.map((_, index) => this.send({ method: "GET", target: `/${index}`, host: "localhost", headers: {} })),
    );
  }
}

/** A server's configuration in which whatever is passed on is answered instead, with the client it was passed on for. */
export function withoutUpstream(server: Json): Json {
  const text = JSON.stringify(server, (_, value: unknown) =>
    typeof value === "object" && value !== null && "handler" in value && value.handler === "reverse_proxy"
      ? { handler: "static_response", status_code: 200, body: "{http.vars.client}" }
      : value,
  );
  return JSON.parse(text) as Json;
}
