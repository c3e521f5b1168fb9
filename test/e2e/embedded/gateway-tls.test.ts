import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stack } from "../../support/bundle.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { must } from "../../support/shell.ts";

const registry = inject("registry");

describe("the gateway with TLS", () => {
  let folder: string;
  let project: GatewayProject;
  let port: number;

  const file = (name: string) => join(folder, name);
  /** Makes a certificate of the organisation that signs itself. */
  const certificate = async (name: string, days: number) => {
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const files = ["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)];
    await must("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      String(days),
      ...subject,
      ...files,
    ]);
  };
  const install = async (name: string) => {
    await copyFile(file(`${name}.pem`), file("certificate.pem"));
    await copyFile(file(`${name}.key`), file("key.pem"));
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
    await certificate("first", 400);
    await certificate("second", 10);
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

  it("names a certificate that is not there, and goes on as before", async () => {
    const { status, output } = await project.up(given());
    expect(output).toContain(`${file("certificate.pem")}, which gateway.tls.certificate names, cannot be read: ENOENT`);
    expect(status).not.toBe(0);
    const { backend = "" } = await project.tokens();
    const { rootCertificate } = (await project.project.outputs(stack)) as unknown as { rootCertificate: string };
    expect(await ask(rootCertificate, backend)).toBe(200);
  });

  it("does not take a key that belongs to another certificate", async () => {
    await install("first");
    await copyFile(file("second.key"), file("key.pem"));
    const { status, output } = await project.up(given());
    expect(output).toContain(
      `${file("key.pem")} is not the key of the certificate ${file("certificate.pem")}: correct gateway.tls`,
    );
    expect(status).not.toBe(0);
  });

  it("shows the organisation's certificate, and tells how long it lasts", async () => {
    await install("first");
    const { status, output } = await project.up(given());
    expect(output).toMatch(/The certificate .*certificate\.pem ends in (399|400) days, on \d{4}-\d{2}-\d{2}/);
    expect(status).toBe(0);
    expect(await shownName()).toBe("first");
    const key = await must("sh", ["-c", `sed -n 2p ${file("key.pem")}`]);
    const { stdout } = await project.project.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
    expect(stdout).not.toContain(key);
  });

  it("takes a renewed certificate with the next up, and warns of one that ends soon", async () => {
    await install("second");
    const { status, output } = await project.up(given());
    expect(output).toMatch(/WARNING: The certificate .*certificate\.pem ends in (9|10) days/);
    expect(status).toBe(0);
    expect(await shownName()).toBe("second");
    const health = await project.project.run("node", ["commands/health.ts", stack]);
    expect(health.output).toMatch(/WARNING: The certificate .* ends in (9|10) days/);
    expect(health.status).toBe(0);
  });
});
