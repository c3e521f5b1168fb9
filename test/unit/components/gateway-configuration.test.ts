import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { GatewayConfiguration, type GatewayConfigurationArgs } from "../../../components/gateway-configuration.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { declare, isSecretValue, only, stdinOf, valueOf } from "../support/pulumi-mocks.ts";

const client = {
  name: "backend",
  endpoints: ["chat"] as const,
  accounts: [{ user: "backend.1", hash: "hash 1", expires: null }],
};

const settings = {
  container: "gateway-id",
  url: "https://127.0.0.1:8443",
  upstream: "ollama-1:11434",
  hosts: ["localhost"],
  origins: [],
  maxRequests: 5,
  maxBody: 1024,
  readTimeout: 60,
  holdTimeout: 300,
  tls: { mode: "internal" },
} as const;

const declareTraffic = (clients: GatewayConfigurationArgs["clients"] = [client]) =>
  declare((options) => new GatewayConfiguration("gateway-traffic", { ...settings, clients }, options));

describe("GatewayConfiguration", () => {
  it("declares itself and one command, which a changed input runs again", async () => {
    const { resources } = await declareTraffic();
    expect(resources.map(({ type }) => type)).toEqual(["gemma:index:GatewayConfiguration", "command:local:Command"]);
    const { name, inputs } = only(resources, "command:local:Command");
    const { stdin, ...others } = inputs;
    expect(stdin).toBeDefined();
    expect([name, others]).toEqual([
      "gateway-traffic-command",
      {
        create: "node --use-system-ca --use-env-proxy commands/configure-gateway.ts",
        environment: codeEnvironment("configure-gateway.ts"),
        logging: "stdoutAndStderr",
      },
    ]);
  });

  it("sends what it is given", async () => {
    const { resources } = await declareTraffic();
    expect(stdinOf(only(resources, "command:local:Command"))).toEqual({ ...settings, clients: [client] });
  });

  it.each([
    ["in the open", [client], false],
    ["as a secret", pulumi.secret([client]), true],
  ])("sends %s what it is given so", async (_, clients, secret) => {
    const { resources } = await declareTraffic(clients);
    expect(isSecretValue(only(resources, "command:local:Command").inputs["stdin"])).toBe(secret);
  });

  it("gives the root certificate that its command prints, which is no secret even if its input is", async () => {
    const { result } = await declareTraffic(pulumi.secret([client]));
    expect(await valueOf(result.rootCertificate)).toBe("stdout-1");
    expect(await pulumi.isSecret(result.rootCertificate)).toBe(false);
  });
});
