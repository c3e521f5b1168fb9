import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, connect } from "node:tls";
import { once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { issueCertificate, makeRoot, normalRoot, unusableRoot } from "../../../edge/authority.ts";
import { issuedOf, issuedText, type Issued } from "../../../edge/issued.ts";
import { examineCertificate } from "../../../gateway/examine-certificate.ts";
import { isBlocking } from "../../../gateway/finding.ts";
import { issue } from "../../support/certificate.ts";
import { run } from "../../support/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

const day = 24 * 3600 * 1000;
const names = ["localhost", "llm.example.org", "127.0.0.1", "::1", "192.0.2.7", "fd00::12"];
const now = new Date();

let root: Issued;
let server: Issued;

beforeAll(async () => {
  root = await makeRoot("Authority of the gateway gemma/prod", now);
  server = await issueCertificate({ root, names }, now);
});

/** Files with a certificate, its key and the root that is to be trusted. */
function written(own = server, trusted = root) {
  const folder = tempFolder();
  const files = { certificate: "site.pem", key: "site.key", root: "root.pem" };
  const paths = Object.entries(files).map(([what, file]) => [what, join(folder, file)]);
  const { certificate, key, root: rootFile } = Object.fromEntries(paths) as typeof files;
  writeFileSync(certificate, own.certificate);
  writeFileSync(key, own.key, { mode: 0o600 });
  writeFileSync(rootFile, trusted.certificate);
  return { certificate, key, root: rootFile };
}

const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });

describe("the root of an authority", () => {
  it("is valid for ten years, and says whose it is", () => {
    const made = new X509Certificate(root.certificate);
    expect(made.subject).toBe("CN=Authority of the gateway gemma/prod");
    expect([made.issuer, made.ca]).toEqual([made.subject, true]);
    expect(made.validToDate.getUTCFullYear() - made.validFromDate.getUTCFullYear()).toBe(10);
    expect(createPrivateKey(root.key).asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(unusableRoot(root, now)).toBeUndefined();
  });

  it("is another one every time, and takes 64 characters of a name", async () => {
    const [one, other] = [await makeRoot("x".repeat(80)), await makeRoot("x".repeat(80))];
    expect(new X509Certificate(one.certificate).subject).toBe(`CN=${"x".repeat(64)}`);
    expect(one.certificate).not.toBe(other.certificate);
    expect(one.key).not.toBe(other.key);
  });

  it.each([
    ["its certificate cannot be read", () => ({ ...root, certificate: "no PEM" })],
    ["its key cannot be read", () => ({ ...root, key: "" })],
    ["its certificate is not an authority's", () => server],
    ["its key is that of another certificate", () => ({ ...root, key: server.key })],
    ["its key is not of the curve P-256", () => ({ ...root, key: ecKey("P-384") })],
  ])("cannot be taken over when %s", (problem, broken) => {
    expect(unusableRoot(broken())).toBe(problem);
  });

  it("cannot issue once it has ended", () => {
    const end = new X509Certificate(root.certificate).validToDate;
    expect(unusableRoot(root, new Date(end.getTime() - 1000))).toBeUndefined();
    expect(unusableRoot(root, end)).toMatch(/^it ended on \w{3} .* GMT$/);
  });

  it("is brought to one form from that of other programs", () => {
    const sec1 = createPrivateKey(root.key).export({ type: "sec1", format: "pem" }).toString();
    expect(sec1).toContain("BEGIN EC PRIVATE KEY");
    const foreign = { certificate: `\n\n${root.certificate}\n`, key: sec1 };
    expect(unusableRoot(foreign)).toBeUndefined();
    expect(normalRoot(foreign)).toEqual(root);
  });
});

function ecKey(namedCurve: string): string {
  return generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

describe("a certificate that an authority issues", () => {
  it("has all names, is for servers, and valid for 825 days at most", () => {
    const own = new X509Certificate(server.certificate);
    expect(own.subjectAltName).toBe(
      "DNS:localhost, DNS:llm.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, " +
        "IP Address:192.0.2.7, IP Address:FD00:0:0:0:0:0:0:12",
    );
    // The use as a TLS server alone.
    expect(own.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    const length = own.validToDate.getTime() - own.validFromDate.getTime();
    expect([length < 825 * day, length > 824 * day]).toEqual([true, true]);
    // Clocks differ a little.
    expect(own.validFromDate.getTime()).toBeLessThanOrEqual(now.getTime() - 3600 * 1000);
  });

  it("is verified by openssl to the letter, by every name and no other", () => {
    const files = written();
    const strict = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", files.root];
    for (const name of names) {
      const kind = /^[\d.]+$|:/.test(name) ? "-verify_ip" : "-verify_hostname";
      expect(openssl(...strict, kind, name, files.certificate)).toBe(`${files.certificate}: OK\n`);
    }
    expect(() => openssl(...strict, "-verify_hostname", "other.example.org", files.certificate)).toThrow(
      "hostname mismatch",
    );
    const other = issue(tempFolder(), { ca: true });
    expect(() => openssl("verify", "-CAfile", other.certificate, files.certificate)).toThrow(
      "unable to get local issuer",
    );
  });

  it("is found good by the gateway's own examination", async () => {
    const files = written();
    const { findings } = await examineCertificate({ ...files, hosts: ["llm.example.org"], address: "192.0.2.7" });
    expect(findings.filter(isBlocking)).toEqual([]);
  });

  it("is taken by Node and by curl, which were given the root alone", async () => {
    const listening = createServer({ cert: server.certificate, key: server.key }, (socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ).listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as { port: number };
    for (const servername of ["localhost", "llm.example.org"]) {
      const socket = connect({ port, host: "127.0.0.1", servername, ca: root.certificate });
      await once(socket, "secureConnect");
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    const files = written();
    const curl = async (host: string) => {
      const there = ["--resolve", `${host}:${port}:127.0.0.1`, `https://${host}:${port}/`];
      return (await run("curl", ["-sS", "--noproxy", "*", "--cacert", files.root, ...there])).output;
    };
    expect(await curl("llm.example.org")).toBe("ok");
    expect(await curl("127.0.0.1")).toBe("ok");
    expect(await curl("other.example.org")).toContain("no alternative certificate subject name matches");
    listening.close();
  });

  it("ends with its root at the latest", async () => {
    const end = new X509Certificate(root.certificate).validToDate;
    const late = await issueCertificate({ root, names }, new Date(end.getTime() - 100 * day));
    expect(new X509Certificate(late.certificate).validToDate).toEqual(end);
  });

  it("comes from a root that openssl has made, too", async () => {
    const folder = tempFolder();
    const made = issue(folder, { name: "root", ca: true, days: 3650 });
    const [certificate, key] = [made.certificate, made.key].map((file) => readFileSync(file, "utf8"));
    const taken = { certificate: certificate ?? "", key: key ?? "" };
    expect(unusableRoot(taken)).toBeUndefined();
    const files = written(await issueCertificate({ root: taken, names }), taken);
    expect(openssl("verify", "-CAfile", files.root, files.certificate)).toBe(`${files.certificate}: OK\n`);
  });
});

describe("a certificate and its key", () => {
  it("are one text and back", () => {
    expect(issuedOf(issuedText(server))).toEqual(server);
    expect(issuedOf(issuedText(server).trimEnd())).toEqual(server);
  });

  it("are not there in another text", () => {
    expect(issuedOf("stdout")).toEqual({ certificate: "stdout\n", key: "" });
  });
});
