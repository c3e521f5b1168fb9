import * as pulumi from "@pulumi/pulumi";
import type { TlsMode } from "./gateway-configuration.ts";
import { certificateFile, fingerprintOf } from "../gateway/certificate.ts";
import type { CalledBy } from "../gateway/certificate-names.ts";
import { allowedHosts, clientUrl } from "../gateway/hosts.ts";
import { gatewayImageName } from "../docker/identity.ts";
import { ClientToken } from "./client-token.ts";
import { Drain } from "./drain.ts";
import { GatewayContainer } from "./gateway-container.ts";
import { ollamaPort } from "../ollama/server.ts";
import type { OllamaService } from "./ollama-service.ts";
import type { Publication } from "./published-port.ts";
import { GatewayConfiguration } from "./gateway-configuration.ts";
import { TaggedImage } from "./tagged-image.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link Gateway}; those of the configuration are described there. */
export interface GatewayArgs extends Publication, Pick<StackConfig, "logging" | "restart"> {
  /** The server behind it, on a network with no way out. */
  readonly service: OllamaService;
  readonly gateway: Omit<StackConfig["gateway"], "enabled">;
  readonly ollama: Pick<StackConfig["ollama"], "origins" | "numParallel">;
}

/** What `npm run health` looks at. */
export interface GatewayStatus {
  readonly url: string;
  /** Base URL for clients; not told by earlier versions. */
  readonly clientUrl?: string;
  /** The certificate's file; null for a gateway without one of the organisation's. */
  readonly certificate: string | null;
  /** By which names clients call it, where there is a certificate; not told by earlier versions. */
  readonly calledBy?: CalledBy;
}

/** The only way to the server: it knows its clients, lets through what they may ask, and stays when the server is replaced. */
export class Gateway extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  /** Token of every client by its name, secret. */
  public readonly tokens: pulumi.Output<Record<string, string>>;
  /** Root certificate of a gateway that makes its own, as PEM; empty for any other. */
  public readonly rootCertificate: pulumi.Output<string>;
  public readonly status: pulumi.Output<GatewayStatus>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Gateway", name, {}, opts);
    const parent = { parent: this };
    const { gateway, service, address } = args;
    const image = new TaggedImage(name, { image: gateway.image, localName: gatewayImageName(gateway.image) }, parent);
    const container = new GatewayContainer(
      name,
      {
        imageId: image.imageId,
        networkName: service.networkName,
        address,
        port: args.port,
        subnet: gateway.subnet,
        memory: gateway.memory,
        cpus: gateway.cpus,
        tls: gateway.tls.mode !== "none",
        restart: args.restart,
        logging: args.logging,
      },
      parent,
    );
    const calledBy = { hosts: [...gateway.hosts], address };
    const upstream = pulumi.interpolate`${service.containerName}:${ollamaPort}`;
    const drain = new Drain(
      `${name}-drain`,
      {
        gateway: container.containerId,
        server: service.containerId,
        upstream,
        drainTimeout: gateway.drainTimeout,
      },
      parent,
    );
    const clients = gateway.clients.map(({ name: client, endpoints, rotation }) => {
      const token = new ClientToken(`${client}-token`, { client, rotation, overlap: gateway.rotationOverlap }, parent);
      return { token, known: { name: client, endpoints: [...endpoints], accounts: token.accounts } };
    });
    const traffic = new GatewayConfiguration(
      `${name}-traffic`,
      {
        container: container.containerId,
        url: container.url,
        upstream,
        clients: pulumi.all(clients.map(({ known }) => pulumi.output(known))),
        hosts: allowedHosts(address, gateway.hosts),
        origins: [...args.ollama.origins],
        maxRequests: args.ollama.numParallel + gateway.maxQueue,
        maxBody: gateway.maxBody,
        readTimeout: gateway.readTimeout,
        holdTimeout: gateway.holdTimeout,
        tls: tlsMode(gateway.tls, calledBy),
      },
      { ...parent, dependsOn: drain },
    );
    this.url = container.url;
    this.tokens = pulumi.secret(
      pulumi.output(Object.fromEntries(clients.map(({ known, token }) => [known.name, token.token]))),
    );
    this.rootCertificate = traffic.rootCertificate;
    const reached = { ...calledBy, ownCertificate: gateway.tls.mode === "files" };
    this.status = pulumi.output({
      url: container.url,
      clientUrl: container.url.apply((url) => clientUrl(url, reached)),
      certificate: certificateFile(gateway.tls),
      ...(gateway.tls.mode === "files" && { calledBy }),
    });
    this.registerOutputs({ url: this.url, tokens: this.tokens, rootCertificate: this.rootCertificate });
  }
}

function tlsMode(tls: GatewayArgs["gateway"]["tls"], calledBy: CalledBy): TlsMode {
  const { mode, certificate = "", key = "" } = tls;
  if (mode !== "files") return { mode };
  return { mode, certificate, key, fingerprint: fingerprintOf(certificate), ...calledBy };
}
