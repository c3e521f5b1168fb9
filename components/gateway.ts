import * as pulumi from "@pulumi/pulumi";
import { gatewayImageName } from "../docker/identity.ts";
import { usherPort } from "../edge/layout.ts";
import { certificateFile, fingerprintOf } from "../gateway/certificate.ts";
import type { CalledBy } from "../gateway/certificate-names.ts";
import type { EdgeTls } from "../gateway/edge-tls.ts";
import { allowedHosts, clientUrl } from "../gateway/hosts.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { ClientToken } from "./client-token.ts";
import { Drain } from "./drain.ts";
import { EdgeConfiguration } from "./edge-configuration.ts";
import { EdgeContainer } from "./edge-container.ts";
import { edgePolicy, usherSettings, type Policed } from "./gateway-policy.ts";
import type { OllamaService } from "./ollama-service.ts";
import type { Publication } from "./published-port.ts";
import { TaggedImage } from "./tagged-image.ts";
import { Usher } from "./usher.ts";
import { UsherImage } from "./usher-image.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link Gateway}; those of the configuration are described there. */
export interface GatewayArgs extends Policed, Publication, Pick<StackConfig, "logging" | "restart"> {
  /** The server behind it, on a network with no way out. */
  readonly service: OllamaService;
}

/** What `npm run health` and `npm run clients` look at. */
export interface GatewayStatus {
  readonly url: string;
  /** Base URL for clients; not told by earlier versions. */
  readonly clientUrl?: string;
  /** Network on which other containers of this host reach the gateway; not told by earlier versions. */
  readonly clientNetwork?: string;
  /** The certificate's file; null for a gateway without one of the organisation's. */
  readonly certificate: string | null;
  /** By which names clients call it, where there is a certificate; not told by earlier versions. */
  readonly calledBy?: CalledBy;
}

/**
 * The only way to the server: an edge that knows the clients, lets through what they may ask in a fair order, and stays when
 * the server is replaced; and an usher beside the server, which knows what a request to a model is.
 */
export class Gateway extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  /** Token of every client by its name, secret. */
  public readonly tokens: pulumi.Output<Record<string, string>>;
  /** Root certificate of a gateway that makes its own, PEM; empty for any other. */
  public readonly rootCertificate: pulumi.Output<string>;
  public readonly status: pulumi.Output<GatewayStatus>;
  /** Name of the network on which containers of this host reach it. */
  public readonly networkName: pulumi.Output<string>;
  /** What whoever looks after the service looks at. */
  public readonly watched: {
    /** `host:port` of the usher's figures. */
    readonly figures: pulumi.Output<string>;
    /** IDs of its containers. */
    readonly containers: Readonly<Record<"usher" | "gateway", pulumi.Output<string>>>;
  };

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Gateway", name, {}, opts);
    const parent = { parent: this };
    const { gateway, ollama, address, port, restart, logging } = args;
    const { networkName } = args.service;
    const usherImage = new UsherImage("usher", { baseImage: gateway.usher.image }, parent);
    const image = new TaggedImage(name, { image: gateway.image, localName: gatewayImageName(gateway.image) }, parent);
    const usher = new Usher(
      "usher",
      {
        imageId: usherImage.imageId,
        server: args.service,
        memory: gateway.usher.memory,
        cpus: gateway.usher.cpus,
        settings: usherSettings(args),
        restart,
        logging,
      },
      parent,
    );
    const tokens = gateway.clients.map(
      ({ name: client, rotation }) =>
        new ClientToken(`${client}-token`, { client, rotation, overlap: gateway.rotationOverlap }, parent),
    );
    const policy = pulumi.secret(
      pulumi.all(tokens.map((token) => token.tokens)).apply((known) => edgePolicy(args, known)),
    );
    const calledBy = { hosts: [...gateway.hosts], address };
    const names = allowedHosts(address, gateway.hosts);
    const authority =
      gateway.tls.mode === "internal"
        ? new CertificateAuthority(name, { commonName: authorityName(), names, network: networkName }, parent)
        : undefined;
    const tls = authority
      ? { mode: "internal" as const, certificate: authority.certificate, key: authority.key }
      : edgeTls(gateway.tls, calledBy);
    const { maxBody, readTimeout, holdTimeout, drainTimeout } = gateway;
    const settings = { tls: tls.mode !== "none", slots: ollama.numParallel, maxBody, readTimeout, holdTimeout };
    const edge = new EdgeContainer(
      name,
      {
        imageId: image.imageId,
        networkName,
        address,
        port,
        subnet: gateway.subnet,
        memory: gateway.memory,
        cpus: gateway.cpus,
        settings,
        policy,
        tls,
        drainTimeout,
        restart,
        logging,
      },
      parent,
    );
    const { containerId: container, url } = edge;
    const server = pulumi.output({ usher: usher.containerName, ollama: args.service.containerName });
    const drain = new Drain(
      `${name}-drain`,
      {
        gateway: container,
        server: args.service.containerId,
        upstream: pulumi.interpolate`${usher.containerName}:${usherPort}`,
        drainTimeout,
        generation: usher.containerId,
      },
      parent,
    );
    const traffic = new EdgeConfiguration(
      `${name}-traffic`,
      { container, url, settings, policy, server, tls: pulumi.output(tls) },
      // The usher first, which refuses clients that it does not know.
      { ...parent, dependsOn: [drain, usher] },
    );
    this.url = url;
    this.networkName = edge.networkName;
    this.watched = { figures: usher.figures, containers: { usher: usher.containerId, gateway: container } };
    const texts = tokens.map(({ token }, index) => [gateway.clients[index]?.name ?? "", token] as const);
    // Those that the edge knows: what an update that failed before has made is not yet a client's token.
    this.tokens = pulumi.secret(
      pulumi.all([pulumi.output(Object.fromEntries(texts)), traffic.told]).apply(([known]) => known),
    );
    this.rootCertificate = authority?.root ?? pulumi.output("");
    const reached = { ...calledBy, ownCertificate: gateway.tls.mode === "files" };
    this.status = pulumi.output({
      url,
      clientUrl: url.apply((published) => clientUrl(published, reached)),
      clientNetwork: edge.networkName,
      certificate: certificateFile(gateway.tls),
      ...(gateway.tls.mode === "files" && { calledBy }),
    });
    this.registerOutputs({ url: this.url, tokens: this.tokens, rootCertificate: this.rootCertificate });
  }
}

/** Tells users whose root it is. */
function authorityName(): string {
  return `Authority of the gateway ${pulumi.getProject()}/${pulumi.getStack()}`;
}

function edgeTls(tls: GatewayArgs["gateway"]["tls"], calledBy: CalledBy): EdgeTls {
  const { mode, certificate = "", key = "" } = tls;
  if (mode !== "files") return { mode: "none" };
  return { mode, certificate, key, fingerprint: fingerprintOf(certificate), ...calledBy };
}
