import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stack } from "../../support/bundle.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { must } from "../../support/shell.ts";
import { authorities, bundleOf, issue, type Made } from "../../support/certificate.ts";

const registry = inject("registry");

describe("the gateway with TLS", () => {
  let folder: string;
  let project: GatewayProject;
  let port: number;
  let issuers: ReturnType<typeof authorities>;
  let first: Made;
  let second: Made;
  let other: Made;

  const file = (name: string) => join(folder, name);
  /** Puts a certificate and its key where the configuration names them, with others behind it. */
  const install = async (made: Made, ...behind: readonly Made[]) => {
    bundleOf(file("certificate.pem"), made, ...behind);
    await copyFile(made.key, file("key.pem"));
  };
  const given = () => ({ tls: { mode: "files", certificate: file("certificate.pem"), key: file("key.pem") } });

  /** Status of a request with the token, by a client that trusts one root alone. */
  async function ask(ca: string, token: string): Promise<number> {
    const sent = request({
      host: "127.0.0.1",
      port,
      path: "/api/tags",
      ca,
      headers: { Authorization: `Bearer ${token}` },
    });
    sent.end();
    const [answer] = (await once(sent, "response")) as [{ statusCode: number; resume: () => void }];
    answer.resume();
    return answer.statusCode;
  }

  /** Common name of the certificate that is shown to a client without a host name. */
  async function shownName(): Promise<string | string[] | undefined> {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-tls-"));
    issuers = authorities(folder);
    const { authority } = issuers;
    first = issue(folder, { name: "first", days: 400, by: authority });
    second = issue(folder, { name: "second", days: 10, by: authority, names: "DNS:*.example.org,DNS:localhost" });
    other = issue(folder, { name: "other", days: 400, by: authority, names: "DNS:other.example.org" });
    port = await freePort();
    project = await gatewayProject(registry, port);
  });

  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("makes a certificate of its own, whose root is an output", async () => {
    const { status, output } = await project.up({ tls: { mode: "internal" } });
    expect(output).toContain(`The gateway at https://127.0.0.1:${port} sends the requests of backend to `);
    expect(status).toBe(0);
    const { rootCertificate } = (await project.project.outputs(stack)) as unknown as { rootCertificate: string };
    expect(rootCertificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
    const { backend = "" } = await project.tokens();
    expect(await ask(rootCertificate, backend)).toBe(200);
    expect((await project.project.preview(stack, "--expect-no-changes")).status).toBe(0);
  });

  it("names a certificate that is not there, before anything is changed, and goes on as before", async () => {
    const { status, output } = await project.up(given());
    expect(output).toContain(`gemma:gateway.tls.certificate: got ${file("certificate.pem")}; `);
    expect(output).toContain(`${file("certificate.pem")}, which gateway.tls.certificate names, is not there`);
    expect(status).not.toBe(0);
    const { backend = "" } = await project.tokens();
    const { rootCertificate } = (await project.project.outputs(stack)) as unknown as { rootCertificate: string };
    expect(await ask(rootCertificate, backend)).toBe(200);
  });

  it("does not take a key that belongs to another certificate", async () => {
    await install(first, issuers.authority);
    await copyFile(second.key, file("key.pem"));
    const { status, output } = await project.up(given());
    expect(output).toContain(`${file("key.pem")} is not the key of the certificate ${file("certificate.pem")}: put`);
    expect(status).not.toBe(0);
  });

  it("does not take a certificate without the names that clients call, and goes on as before", async () => {
    await install(other, issuers.authority);
    const { status, output } = await project.up({ ...given(), hosts: ["llm.example.org", "other.example.org"] });
    expect(output).toContain(`${file("certificate.pem")} is for other.example.org, and not for llm.example.org: get`);
    expect(output).toContain("nothing was changed");
    expect(status).not.toBe(0);
    const { rootCertificate } = (await project.project.outputs(stack)) as unknown as { rootCertificate: string };
    expect(await ask(rootCertificate, (await project.tokens())["backend"] ?? "")).toBe(200);
  });

  it("shows the organisation's certificate, and warns of an issuer that may be missing", async () => {
    await install(first);
    const { status, output } = await project.up(given());
    expect(output).toMatch(/The certificate .*certificate\.pem ends in (399|400) days, on \d{4}-\d{2}-\d{2}/);
    expect(output).toContain(`${file("certificate.pem")} lacks the certificate of Company Issuing, which has issued`);
    expect(status).toBe(0);
    expect(await shownName()).toBe("first");
    const key = await must("sh", ["-c", `sed -n 2p ${file("key.pem")}`]);
    const { stdout } = await project.project.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
    expect(stdout).not.toContain(key);
  });

  it("takes an issuer that was added with the next up, so that clients with the root alone are served", async () => {
    const root = await readFile(issuers.root.certificate, "utf8");
    const { backend = "" } = await project.tokens();
    await expect(ask(root, backend)).rejects.toThrow("unable to verify the first certificate");
    await install(first, issuers.authority);
    expect((await project.project.preview(stack, "--expect-no-changes")).status).not.toBe(0);
    const { status, output } = await project.up(given());
    expect(output).not.toContain("lacks the certificate");
    expect(status).toBe(0);
    expect(await ask(root, backend)).toBe(200);
    expect((await project.project.preview(stack, "--expect-no-changes")).status).toBe(0);
  });

  it("takes a renewed certificate with the next up, also one with a star, and warns of one that ends soon", async () => {
    await install(second, issuers.authority);
    const stale = await project.project.run("node", ["commands/health.ts", stack]);
    expect(stale.output).toContain(
      `WARNING: The gateway shows another certificate than ${file("certificate.pem")} holds: run \`up\``,
    );
    expect(stale.status).toBe(0);
    const { status, output } = await project.up({ ...given(), hosts: ["llm.example.org"] });
    expect(output).toMatch(/warning: .*certificate\.pem ends in (9|10) days/);
    expect(status).toBe(0);
    // For clients that name no host, as this one is.
    expect(await shownName()).toBe("second");
    const health = await project.project.run("node", ["commands/health.ts", stack]);
    expect(health.output).toMatch(/WARNING: .* ends in (9|10) days/);
    expect(health.status).toBe(0);
  });
});
