import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Gateway, type GatewayArgs } from "../../../components/gateway.ts";
import { OllamaService, type OllamaServiceArgs } from "../../../components/ollama-service.ts";
import { gatewayImageName } from "../../../docker/identity.ts";
import { usherImageName } from "../../../docker/identity.ts";
import { bundledVersion } from "../../../components/bundled-version.ts";
import { shownConfiguration } from "../../../edge/configuration.ts";
import { tokenHash, tokenOf } from "../../../edge/token.ts";
import { fingerprintOf } from "../../../gateway/certificate.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { declare, isSecretValue, named, stdinOf, valueOf } from "../support/pulumi-mocks.ts";
import { tempFolder } from "../support/temp-folder.ts";

const image = `haproxy:3.2.26@sha256:${"c".repeat(64)}`;
const node = `node:24.20.0-bookworm-slim@sha256:${"d".repeat(64)}`;
const token = (client: string, number: number) => tokenOf(`${client}.${number}`, `secret of ${client}-token-${number}`);
const hashed = (...of: Parameters<typeof token>) => tokenHash(token(...of));

const gateway: GatewayArgs["gateway"] = {
  image,
  usher: { image: node, memory: 512, cpus: 1 },
  clients: [
    { name: "backend", endpoints: ["chat", "tags"], priority: 0, allow: ["reload"], rotation: 2 },
    {
      ...{ name: "web", endpoints: ["ps"], models: ["smollm2:135m"], maxParallel: 2, maxQueue: 8 },
      ...{ priority: 5, maxTokens: 100, allow: [], rotation: 1 },
    },
  ],
  hosts: ["llm.example.org"],
  rotationOverlap: 100,
  maxQueue: 64,
  reload: "refuse",
  maxBody: 32,
  readTimeout: 60,
  requestTimeout: 3600,
  holdTimeout: 300,
  drainTimeout: 120,
  tls: { mode: "none" },
  memory: 256,
  cpus: 1,
};

const kept = { model: "bge-m3:567m", keepAlive: "-1s", preload: true, embeds: true };

const server: OllamaServiceArgs = {
  imageId: "sha256:image",
  environment: {},
  address: "127.0.0.1",
  port: 8080,
  network: { internal: true },
  replacement: "start-first",
  memory: 0,
  memoryReservation: 0,
  shmSize: 64,
  cpus: 0,
  gpus: { kind: "none" },
  restart: "always",
  logging: { maxSize: 10, maxFile: 3 },
};

function declareGateway(change: Partial<GatewayArgs["gateway"]> = {}) {
  const { address, port, restart, logging } = server;
  return declare(
    (options) =>
      new Gateway(
        "gateway",
        {
          ...{ address, port, restart, logging },
          service: new OllamaService("ollama", server),
          models: ["smollm2:135m", "bge-m3:567m"],
          kept: [kept],
          gateway: { ...gateway, ...change },
          ollama: { origins: ["https://app.example.org"], numParallel: 4 },
        },
        options,
      ),
    {
      "ollama-container": { name: "ollama-1" },
      "ollama-network": { name: "ollama-network-1" },
      "gateway-image": { stdout: "sha256:haproxy" },
      "gateway-network": { name: "gateway-network-1" },
      "usher-build": { stdout: "sha256:usher" },
      "usher-container": { name: "usher-1" },
      "backend-token-1-end": { stdout: "1000 1100 1100" },
    },
  );
}

describe("Gateway", () => {
  it("declares its images, edge, usher, drain, a token for each client and the edge's configuration, and nothing else", async () => {
    const { resources } = await declareGateway();
    const own = resources.filter(({ name }) => !name.startsWith("ollama"));
    expect(own.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command backend-token-1-end",
      "command:local:Command gateway-drain-command",
      "command:local:Command gateway-files",
      "command:local:Command gateway-image",
      "command:local:Command gateway-owner",
      "command:local:Command gateway-pids",
      "command:local:Command gateway-traffic-command",
      "command:local:Command usher-build",
      "command:local:Command usher-owner",
      "command:local:Command usher-pids",
      "command:local:Command usher-settings",
      "docker:index/container:Container gateway-container",
      "docker:index/container:Container usher-container",
      "docker:index/network:Network gateway-network",
      "docker:index/volume:Volume gateway-edge",
      "docker:index/volume:Volume usher-volume",
      "gemma:index:ClientToken backend-token",
      "gemma:index:ClientToken web-token",
      "gemma:index:Drain gateway-drain",
      "gemma:index:EdgeConfiguration gateway-traffic",
      "gemma:index:EdgeContainer gateway",
      "gemma:index:Gateway gateway",
      "gemma:index:TaggedImage gateway",
      "gemma:index:Usher usher",
      "gemma:index:UsherImage usher",
      "random:index/randomPassword:RandomPassword backend-token-1",
      "random:index/randomPassword:RandomPassword backend-token-2",
      "random:index/randomPassword:RandomPassword web-token-1",
    ]);
  });

  it("has the edge configured after the drain is there and the usher knows its clients", async () => {
    const { options } = await declareGateway();
    const parts = Object.entries(options).filter(([, { parent }]) => parent === "Gateway");
    expect(Object.fromEntries(parts.map(([key, { dependsOn }]) => [key, dependsOn]))).toEqual({
      "gemma:index:UsherImage usher": undefined,
      "gemma:index:TaggedImage gateway": undefined,
      "gemma:index:Usher usher": undefined,
      "gemma:index:EdgeContainer gateway": undefined,
      "gemma:index:Drain gateway-drain": undefined,
      "gemma:index:ClientToken backend-token": undefined,
      "gemma:index:ClientToken web-token": undefined,
      "gemma:index:EdgeConfiguration gateway-traffic": ["Drain", "Usher"],
    });
  });

  it("takes both images by names of their own, and stands in the server's network", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-image"))).toEqual({ image, localName: gatewayImageName(image) });
    expect(stdinOf(named(resources, "usher-build"))).toMatchObject({
      image: usherImageName({ image: node, code: bundledVersion("usher") }),
      baseImage: node,
    });
    expect(named(resources, "gateway-container").inputs).toMatchObject({
      image: "sha256:haproxy",
      networksAdvanced: [{ name: "gateway-network-1", aliases: ["gateway"] }, { name: "ollama-network-1" }],
      ports: [{ internal: 8080, ip: "127.0.0.1", external: 8080 }],
      memory: 256,
      cpus: "1.0",
      restart: "always",
    });
    expect(named(resources, "usher-container").inputs).toMatchObject({
      image: "sha256:usher",
      networksAdvanced: [{ name: "ollama-network-1", aliases: ["usher"] }],
      memory: 512,
      cpus: "1.0",
      restart: "always",
    });
  });

  it("tells the usher what its clients may", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "usher-settings"))).toEqual({
      container: "usher-container-id",
      settings: {
        upstream: "ollama-1:11434",
        maxBody: 32 * 1024 * 1024,
        readTimeout: 60,
        requestTimeout: 3600,
        holdTimeout: 300,
        drainTimeout: 120,
        reload: "refuse",
        models: ["smollm2:135m", "bge-m3:567m"],
        kept: [kept],
        clients: [
          { name: "backend", models: null, maxTokens: null, allowReload: true },
          { name: "web", models: ["smollm2:135m"], maxTokens: 100, allowReload: false },
        ],
      },
    });
  });

  it("drains the usher before it goes", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-drain-command"))).toEqual({
      gateway: "gateway-container-id",
      server: "ollama-container-id",
      upstream: "usher-1:8080",
      drainTimeout: 120,
    });
  });

  it("sends the requests of its clients to the usher, as a secret, and holds no token in it", async () => {
    const { resources } = await declareGateway();
    const command = named(resources, "gateway-traffic-command");
    expect(isSecretValue(command.inputs["stdin"])).toBe(true);
    const settings = { tls: false, slots: 4, maxBody: 32, readTimeout: 60, holdTimeout: 300 };
    expect(stdinOf(command)).toEqual({
      container: "gateway-container-id",
      url: "http://127.0.0.1:8080",
      server: { usher: "usher-1", ollama: "ollama-1" },
      settings,
      policy: {
        clients: [
          {
            name: "backend",
            tokens: [
              { sha256: hashed("backend", 2), expires: null },
              { sha256: hashed("backend", 1), expires: 1100 },
            ],
            endpoints: ["chat", "tags"],
            maxParallel: 4,
            maxQueue: 64,
            priority: 0,
          },
          {
            name: "web",
            tokens: [{ sha256: hashed("web", 1), expires: null }],
            endpoints: ["ps"],
            maxParallel: 2,
            maxQueue: 8,
            priority: 5,
          },
        ],
        hosts: ["llm.example.org", "127.0.0.1", "localhost", "::1", "gateway", "host.docker.internal"],
        origins: ["https://app.example.org"],
      },
      tls: { mode: "none" },
      haproxy: shownConfiguration({ settings }).split("\n"),
    });
  });

  it("gives the newest token of every client, as a secret, its URL and what health looks at", async () => {
    const { result } = await declareGateway();
    expect(await pulumi.isSecret(result.tokens)).toBe(true);
    expect(await valueOf(result.tokens)).toEqual({ backend: token("backend", 2), web: token("web", 1) });
    expect(await valueOf(result.url)).toBe("http://127.0.0.1:8080");
    expect(await valueOf(result.status)).toEqual({
      url: "http://127.0.0.1:8080",
      clientUrl: "http://127.0.0.1:8080",
      clientNetwork: "gateway-network-1",
      certificate: null,
    });
  });
});

describe("Gateway with TLS", () => {
  it("of its own is reached by https, and names no files", async () => {
    const { resources, result } = await declareGateway({ tls: { mode: "internal" } });
    expect(stdinOf(named(resources, "gateway-traffic-command"))).toMatchObject({
      url: "https://127.0.0.1:8080",
      tls: { mode: "internal" },
    });
    expect(await valueOf(result.status)).toEqual({
      url: "https://127.0.0.1:8080",
      clientUrl: "https://127.0.0.1:8080",
      clientNetwork: "gateway-network-1",
      certificate: null,
    });
  });

  it("that is off has no certificate to look at, though one is written", async () => {
    const { result } = await declareGateway({ tls: { mode: "none", certificate: "/tls/a.pem", key: "/tls/a.key" } });
    expect(await valueOf(result.status)).toEqual({
      url: "http://127.0.0.1:8080",
      clientUrl: "http://127.0.0.1:8080",
      clientNetwork: "gateway-network-1",
      certificate: null,
    });
  });

  it("from files names them, the names that clients call, and a fingerprint so that a renewed one is sent", async () => {
    const { certificate, key } = makeCertificate(tempFolder());
    const [fingerprint, calledBy] = [fingerprintOf(certificate), { hosts: ["llm.example.org"], address: "127.0.0.1" }];
    const { resources, result } = await declareGateway({ tls: { mode: "files", certificate, key } });
    const { tls } = stdinOf(named(resources, "gateway-traffic-command")) as { tls: object };
    expect(tls).toEqual({ mode: "files", certificate, key, fingerprint, ...calledBy });
    expect(await valueOf(result.status)).toEqual({
      url: "https://127.0.0.1:8080",
      clientUrl: "https://llm.example.org:8080",
      clientNetwork: "gateway-network-1",
      certificate,
      calledBy,
    });
  });

  it("from files that are on another machine has no fingerprint", async () => {
    const tls = { mode: "files", certificate: "/not/here.pem", key: "/not/here.key" } as const;
    const { resources } = await declareGateway({ tls });
    expect(stdinOf(named(resources, "gateway-traffic-command"))).toMatchObject({ tls: { ...tls, fingerprint: null } });
  });
});
