import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Gateway, type GatewayArgs } from "../../../components/gateway.ts";
import { OllamaService, type OllamaServiceArgs } from "../../../components/ollama-service.ts";
import { gatewayImageName } from "../../../docker/identity.ts";
import { tokenOf } from "../../../gateway/client.ts";
import { fingerprintOf } from "../../../gateway/certificate.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { declare, isSecretValue, named, stdinOf, valueOf } from "../support/pulumi-mocks.ts";
import { tempFolder } from "../support/temp-folder.ts";

const image = `caddy:2.11.7@sha256:${"c".repeat(64)}`;

const gateway: GatewayArgs["gateway"] = {
  image,
  clients: [
    { name: "backend", endpoints: ["chat", "tags"], rotation: 2 },
    { name: "web", endpoints: ["ps"], rotation: 1 },
  ],
  hosts: ["llm.example.org"],
  rotationOverlap: 100,
  maxQueue: 64,
  maxBody: 32,
  readTimeout: 60,
  holdTimeout: 300,
  drainTimeout: 120,
  tls: { mode: "none" },
  memory: 256,
  cpus: 1,
};

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
          gateway: { ...gateway, ...change },
          ollama: { origins: ["https://app.example.org"], numParallel: 4 },
        },
        options,
      ),
    {
      "ollama-container": { name: "ollama-1" },
      "ollama-network": { name: "ollama-network-1" },
      "gateway-image": { stdout: "sha256:caddy" },
      "backend-token-rotated": { stdout: "1000" },
    },
  );
}

describe("Gateway", () => {
  it("declares the image, the container, the drain, a token for each client and the traffic, and nothing else", async () => {
    const { resources } = await declareGateway();
    const own = resources.filter(({ name }) => !name.startsWith("ollama"));
    expect(own.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command backend-token-rotated",
      "command:local:Command gateway-drain-command",
      "command:local:Command gateway-image",
      "command:local:Command gateway-owner",
      "command:local:Command gateway-pids",
      "command:local:Command gateway-traffic-command",
      "docker:index/container:Container gateway-container",
      "docker:index/network:Network gateway-network",
      "docker:index/volume:Volume gateway-volume",
      "gemma:index:ClientToken backend-token",
      "gemma:index:ClientToken web-token",
      "gemma:index:Drain gateway-drain",
      "gemma:index:Gateway gateway",
      "gemma:index:GatewayConfiguration gateway-traffic",
      "gemma:index:GatewayContainer gateway",
      "gemma:index:TaggedImage gateway",
      "random:index/randomPassword:RandomPassword backend-token-1",
      "random:index/randomPassword:RandomPassword backend-token-2",
      "random:index/randomPassword:RandomPassword web-token-1",
    ]);
  });

  it("has all of them as its parts, and the traffic wait for the drain alone", async () => {
    const { options } = await declareGateway();
    const parts = Object.entries(options).filter(([, { parent }]) => parent === "Gateway");
    expect(Object.fromEntries(parts.map(([key, { dependsOn }]) => [key, dependsOn]))).toEqual({
      "gemma:index:TaggedImage gateway": undefined,
      "gemma:index:GatewayContainer gateway": undefined,
      "gemma:index:Drain gateway-drain": undefined,
      "gemma:index:ClientToken backend-token": undefined,
      "gemma:index:ClientToken web-token": undefined,
      "gemma:index:GatewayConfiguration gateway-traffic": ["Drain"],
    });
  });

  it("runs Caddy from the image under its own name, in the server's network", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-image"))).toEqual({ image, localName: gatewayImageName(image) });
    expect(named(resources, "gateway-container").inputs).toMatchObject({
      image: "sha256:caddy",
      networksAdvanced: [{ name: "network-1" }, { name: "ollama-network-1" }],
      ports: [{ internal: 8080, ip: "127.0.0.1", external: 8080 }],
      memory: 256,
      cpus: "1.0",
      restart: "always",
    });
  });

  it("drains the server before it goes", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-drain-command"))).toEqual({
      gateway: "gateway-container-id",
      server: "ollama-container-id",
      upstream: "ollama-1:11434",
      drainTimeout: 120,
    });
  });

  it("sends the traffic of its clients to the server, as a secret, and holds no token in it", async () => {
    const { resources } = await declareGateway();
    const command = named(resources, "gateway-traffic-command");
    expect(isSecretValue(command.inputs["stdin"])).toBe(true);
    expect(stdinOf(command)).toEqual({
      container: "gateway-container-id",
      url: "http://127.0.0.1:8080",
      upstream: "ollama-1:11434",
      clients: [
        {
          name: "backend",
          endpoints: ["chat", "tags"],
          accounts: [
            { user: "backend.2", hash: "hash of backend-token-2", expires: null },
            { user: "backend.1", hash: "hash of backend-token-1", expires: 1100 },
          ],
        },
        {
          name: "web",
          endpoints: ["ps"],
          accounts: [{ user: "web.1", hash: "hash of web-token-1", expires: null }],
        },
      ],
      hosts: ["llm.example.org", "127.0.0.1", "localhost", "::1"],
      origins: ["https://app.example.org"],
      maxRequests: 68,
      maxBody: 32,
      readTimeout: 60,
      holdTimeout: 300,
      tls: { mode: "none" },
    });
  });

  it("gives the newest token of every client, as a secret, its URL and what health looks at", async () => {
    const { result } = await declareGateway();
    expect(await pulumi.isSecret(result.tokens)).toBe(true);
    expect(await valueOf(result.tokens)).toEqual({
      backend: tokenOf("backend.2", "secret of backend-token-2"),
      web: tokenOf("web.1", "secret of web-token-1"),
    });
    expect(await valueOf(result.url)).toBe("http://127.0.0.1:8080");
    expect(await valueOf(result.status)).toEqual({
      url: "http://127.0.0.1:8080",
      clientUrl: "http://127.0.0.1:8080",
      certificate: null,
    });
    expect([await pulumi.isSecret(result.rootCertificate), await valueOf(result.rootCertificate)]).toEqual([
      false,
      "stdout-1",
    ]);
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
      certificate: null,
    });
  });

  it("that is off has no certificate to look at, though one is written", async () => {
    const { result } = await declareGateway({ tls: { mode: "none", certificate: "/tls/a.pem", key: "/tls/a.key" } });
    expect(await valueOf(result.status)).toEqual({
      url: "http://127.0.0.1:8080",
      clientUrl: "http://127.0.0.1:8080",
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
