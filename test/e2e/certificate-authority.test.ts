import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caddyImage, removeContainer } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

/** A program with an authority alone; the files in its folder say for what, in which year, and from which root. */
const program = `
import { existsSync, readFileSync } from "node:fs";
import { CertificateAuthority } from "./components/certificate-authority.ts";
const read = (file: string) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
const authority = new CertificateAuthority("gateway", {
  commonName: "Authority of the gateway gemma/authority",
  network: "none",
  ...read("wanted.json"),
});
export default { root: authority.root, certificate: authority.certificate, key: authority.key };
`;

interface Outputs {
  readonly root: string;
  readonly certificate: string;
  readonly key: string;
}

describe("a gateway's own authority", () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
    await writeFile(join(project.folder, "index.ts"), program);
  });

  afterAll(async () => {
    await project.remove();
  });

  const file = (name: string) => join(project.folder, name);

  async function up(
    stack: string,
    wanted: { names: readonly string[]; year?: number; network?: string },
  ): Promise<Outputs> {
    await writeFile(file("wanted.json"), JSON.stringify(wanted));
    const { status, output } = await project.up(stack);
    if (status !== 0) throw new Error(output);
    expect(output).not.toContain("PRIVATE KEY");
    const state = await readFile(file(`state/.pulumi/stacks/gemma/${stack}.json`), "utf8");
    expect(state).not.toMatch(/PRIVATE KEY/);
    expect(state).toContain("BEGIN CERTIFICATE");
    const { stdout } = await project.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack]);
    return JSON.parse(stdout) as Outputs;
  }

  async function expectNoChanges(stack: string): Promise<void> {
    const quietly = ["--yes", "--skip-preview", "--expect-no-changes"];
    expect((await project.pulumi(["refresh", ...quietly, "--stack", stack])).status).toBe(0);
    expect((await project.preview(stack, "--expect-no-changes")).status).toBe(0);
  }

  async function expectVerified({ root, certificate }: Outputs, name: string): Promise<void> {
    await writeFile(file("root.pem"), root);
    await writeFile(file("site.pem"), certificate);
    const strict = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name];
    await must("openssl", [...strict, "-CAfile", file("root.pem"), file("site.pem")]);
  }

  it("keeps its root, and issues a certificate for other names and in another year", async () => {
    const stack = "authority";
    await project.writeStack(stack, {});
    await project.createStack(stack);
    const first = await up(stack, { names: ["localhost"] });
    await expectVerified(first, "localhost");
    await expectNoChanges(stack);
    const renamed = await up(stack, { names: ["localhost", "llm.example.org"] });
    await expectVerified(renamed, "llm.example.org");
    const later = await up(stack, { names: ["localhost", "llm.example.org"], year: new Date().getUTCFullYear() + 1 });
    await expectVerified(later, "llm.example.org");
    expect([renamed.root, later.root]).toEqual([first.root, first.root]);
    expect(new Set([first, renamed, later].map(({ key }) => key)).size).toBe(3);
    expect((await project.destroy(stack)).status).toBe(0);
  });

  it("takes over the root of Caddy, and stays with it when Caddy is gone", async () => {
    const stack = "takeover";
    const earlier = await earlierGateway();
    await project.writeStack(stack, {});
    await project.createStack(stack);
    const first = await up(stack, { names: ["localhost"], network: earlier.network });
    expect(new X509Certificate(first.root).raw).toEqual(new X509Certificate(earlier.root).raw);
    expect(new X509Certificate(first.root).subject).toMatch(/^CN=Caddy Local Authority - \d{4} ECC Root$/);
    await expectVerified(first, "localhost");
    await earlier[Symbol.asyncDispose]();
    await expectNoChanges(stack);
    const second = await up(stack, { names: ["llm.example.org"] });
    expect(second.root).toBe(first.root);
    await expectVerified(second, "llm.example.org");
    expect((await project.destroy(stack)).status).toBe(0);
  });
});

/** A gateway of an earlier version, as far as its authority goes: a real Caddy that has made a root for itself. */
async function earlierGateway() {
  const config = { apps: { pki: { certificate_authorities: { local: { install_trust: false } } } } };
  const start = `echo ollama:11434 >/var/lib/gateway/upstream; echo '${JSON.stringify(config)}' >/tmp/c.json; exec caddy run --config /tmp/c.json`;
  const network = await docker("network", "create", uniqueName("gemma-e2e-earlier"));
  const place = ["--network", network, "--tmpfs", "/var/lib/gateway", "--env", "XDG_DATA_HOME=/var/lib/gateway/data"];
  const container = await docker("run", "-d", ...place, caddyImage, "sh", "-c", start);
  const folder = "/var/lib/gateway/data/caddy/pki/authorities/local";
  const made = async () =>
    (await run("docker", ["exec", container, "sh", "-c", `[ -s ${folder}/intermediate.key ]`])).status;
  await expect.poll(made, { timeout: 30_000 }).toBe(0);
  return {
    network,
    root: await docker("exec", container, "cat", `${folder}/root.crt`),
    async [Symbol.asyncDispose]() {
      await removeContainer(container);
      await docker("network", "rm", network);
    },
  };
}
