import { readFile } from "node:fs/promises";
import { endpointNames, type Endpoint } from "../../config/gateway.ts";
import type { Purpose } from "../../config/purposes.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { serverUrl } from "../../engine/server-url.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import type { Service } from "./service.ts";

/** A model that a client may use. */
export interface UsableModel {
  readonly name: string;
  readonly for: readonly Purpose[];
}

/** What a client may ask, and where. */
export interface ClientAccess {
  /** Its name; undefined without a gateway, where everybody may ask everything. */
  readonly client: string | undefined;
  readonly service: Service;
  readonly endpoints: readonly Endpoint[];
  readonly models: readonly UsableModel[];
  /** Names of models that are served to others alone. */
  readonly closedModels: readonly string[];
}

/** Outputs that are looked at here. */
export type AccessOutputs = Pick<StackOutputs, "models" | "readiness" | "engine" | "tokens" | "gatewayStatus"> & {
  /** Root certificate of a gateway that makes its own, PEM; empty for any other. */
  readonly rootCertificate?: string;
};

/**
 * What a client of a running stack may ask, by default the first one.
 * @throws Failure that names the clients when there is none of that name
 */
export async function accessOf(
  outputs: AccessOutputs,
  { gateway }: Pick<ResolvedConfig, "gateway">,
  name?: string,
): Promise<ClientAccess> {
  const { models, tokens, gatewayStatus } = outputs;
  const all = models.map((model) => ({ name: model.name, for: model.for }));
  if (tokens === undefined || gatewayStatus === undefined) {
    if (name !== undefined) throw new Failure(noClient(name, undefined), exitStatus.refused);
    const service = { url: await serverUrl(outputs.readiness) };
    return { client: undefined, service, endpoints: servedBy(all), models: all, closedModels: [] };
  }
  const known = Object.keys(tokens);
  const client = name ?? gateway.clients[0]?.name ?? known[0] ?? "";
  const token = new Map(Object.entries(tokens)).get(client);
  const configured = gateway.clients.find((other) => other.name === client);
  if (token === undefined || configured === undefined) throw new Failure(noClient(client, known), exitStatus.refused);
  const isOpen = (model: string) => configured.models?.includes(model) ?? true;
  return {
    client,
    service: { url: gatewayStatus.url, token, ...(await tlsOf(outputs, gatewayStatus)) },
    endpoints: configured.endpoints,
    models: all.filter((model) => isOpen(model.name)),
    closedModels: all.map((model) => model.name).filter((model) => !isOpen(model)),
  };
}

/** What a server answers by itself; those before 0.30 have no path for sounds, and no model for them either. */
function servedBy(models: readonly UsableModel[]): readonly Endpoint[] {
  const hears = models.some((model) => model.for.includes("audio"));
  return endpointNames.filter((endpoint) => endpoint !== "transcriptions" || hears);
}

function noClient(name: string, known: readonly string[] | undefined): string {
  return known === undefined
    ? `There is no client ${name}: the stack has no gateway, and asks for no token; leave --client out`
    : `There is no client ${name}, neither running nor configured: the clients are ${known.join(", ")}`;
}

type GatewayStatus = NonNullable<StackOutputs["gatewayStatus"]>;

async function tlsOf(
  { rootCertificate = "" }: AccessOutputs,
  { url, clientUrl, certificate }: GatewayStatus,
): Promise<Pick<Service, "tls">> {
  if (!url.startsWith("https:")) return {};
  const name = new URL(clientUrl ?? url).hostname.replace(/^\[|\]$/g, "");
  if (certificate === null) return { tls: { trusted: rootCertificate, name } };
  try {
    return { tls: { trusted: await readFile(certificate, "utf8"), name } };
  } catch (error) {
    throw new Failure(
      `The certificate ${certificate} cannot be read, without which the gateway is not trusted with a token: ` +
        `${reasonOf(error)}; run this as a user who may read it`,
    );
  }
}
