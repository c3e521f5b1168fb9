import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { CertificateAuthority, type CertificateAuthorityArgs } from "../../../components/certificate-authority.ts";
import { declare, named, stdinOf, valueOf } from "../support/pulumi-mocks.ts";

const pem = (what: string, text: string) => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;
const root = { certificate: pem("CERTIFICATE", "root"), key: pem("PRIVATE KEY", "rootkey") };
const server = { certificate: pem("CERTIFICATE", "server"), key: pem("PRIVATE KEY", "serverkey") };

function declareAuthority(change: Partial<CertificateAuthorityArgs> = {}) {
  const args = {
    commonName: "Authority of the gateway gemma/prod",
    names: ["localhost", "127.0.0.1"],
    network: "ollama-1",
    ...change,
  };
  return declare((options) => new CertificateAuthority("gateway", args, options), {
    "gateway-root": { stdout: (root.certificate + root.key).trimEnd() },
    "gateway-certificate": { stdout: (server.certificate + server.key).trimEnd() },
  });
}

describe("CertificateAuthority", () => {
  it("makes a root by its name, or takes over that of a gateway on the network, without a word in the log", async () => {
    const { resources } = await declareAuthority();
    expect(named(resources, "gateway-root").inputs).toMatchObject({
      create: "node --use-system-ca --use-env-proxy commands/make-root.ts",
      logging: "stderr",
      addPreviousOutputInEnv: false,
    });
    expect(stdinOf(named(resources, "gateway-root"))).toEqual({
      name: "Authority of the gateway gemma/prod",
      network: "ollama-1",
    });
  });

  it("has a certificate issued for the names, and again for another year, whatever the code", async () => {
    const { resources } = await declareAuthority({ year: 2031 });
    const issue = named(resources, "gateway-certificate");
    expect(stdinOf(issue)).toEqual({ root, names: ["localhost", "127.0.0.1"], year: 2031 });
    expect(issue.inputs).toMatchObject({ logging: "stderr", addPreviousOutputInEnv: false });
    expect(issue.inputs).not.toHaveProperty("environment");
    const { resources: today } = await declareAuthority();
    expect(stdinOf(named(today, "gateway-certificate"))).toMatchObject({ year: new Date().getUTCFullYear() });
  });

  it("gives root and certificate to everybody, and the key as a secret", async () => {
    const { result } = await declareAuthority();
    expect([await valueOf(result.root), await valueOf(result.certificate), await valueOf(result.key)]).toEqual([
      root.certificate,
      server.certificate,
      server.key,
    ]);
    const outputs = [result.root, result.certificate, result.key];
    expect(await Promise.all(outputs.map((output) => pulumi.isSecret(output)))).toEqual([false, false, true]);
  });
});
