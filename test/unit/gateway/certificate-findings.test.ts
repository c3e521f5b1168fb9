import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examineCertificate, type CertificateFiles } from "../../../gateway/examine-certificate.ts";
import { authorities, bundleOf, issue, type Made, type Wanted } from "../../support/certificate.ts";
import { tempFolder } from "../support/temp-folder.ts";

const hosts = ["llm.example.org"];
const names = "DNS:llm.example.org";
const address = "0.0.0.0";

/** What is found in a file with a certificate, `LEVEL KEY: FOUND | ADVICE`. */
async function examined(files: Partial<CertificateFiles> & { certificate: string }, now?: Date): Promise<string[]> {
  const { findings } = await examineCertificate({ key: undefined, hosts, address, ...files }, now);
  return findings.map(({ level, about, found, advice }) => `${level} ${about}: ${found} | ${advice}`);
}

let folderOfIssuers: string;
let issuers: ReturnType<typeof authorities>;

beforeAll(async () => {
  folderOfIssuers = await mkdtemp(join(tmpdir(), "gemma-unit-"));
  issuers = authorities(folderOfIssuers);
});

afterAll(() => rm(folderOfIssuers, { recursive: true }));

/** An organisation with a certificate for its gateway. */
function organisation(folder: string, wanted: Wanted = {}) {
  return { ...issuers, site: issue(folder, { by: issuers.authority, names, ...wanted }) };
}

/** Findings of a chain that is complete, with the site's certificate as it is wanted. */
async function chained(wanted: Wanted, more: Partial<CertificateFiles> = {}, now?: Date) {
  const folder = tempFolder();
  const { site, authority } = organisation(folder, wanted);
  const certificate = bundleOf(join(folder, "chain.pem"), site, authority);
  const found = await examined({ certificate, key: site.key, ...more }, now);
  return found.map((line) => line.replaceAll(`${folder}/`, ""));
}

describe("a certificate that clients take", () => {
  it("has the names, its key, and what leads to the root", async () => {
    expect(await chained({})).toEqual([]);
  });

  it("may have its root behind it", async () => {
    const folder = tempFolder();
    const { site, authority, root } = organisation(folder);
    const certificate = bundleOf(join(folder, "chain.pem"), site, authority, root);
    expect(await examined({ certificate, key: site.key })).toEqual([]);
  });

  it("may have its key in the same file, the ends of lines that Windows writes, and text between", async () => {
    const folder = tempFolder();
    const { site, authority } = organisation(folder);
    const certificate = bundleOf(join(folder, "all.pem"), { certificate: site.key }, site, authority);
    writeFileSync(certificate, `\uFEFF${readFileSync(certificate, "utf8")}`.replaceAll("\n", "\r\n"));
    chmodSync(certificate, 0o600);
    expect(await examined({ certificate, key: certificate })).toEqual([]);
  });

  it("may be signed by itself, with a word", async () => {
    const { certificate, key } = issue(tempFolder(), { names });
    expect(await examined({ certificate, key })).toEqual([
      `warning certificate: ${certificate} is signed by itself, so that clients take it only if they were given this very certificate | ` +
        "give it to all clients, or get one from the organisation's authority",
    ]);
  });
});

describe("the names of a certificate", () => {
  it.each<[string, Wanted["names"], readonly string[]]>([
    ["a name in other letters", "DNS:LLM.Example.ORG", hosts],
    ["a star for one label", "DNS:*.example.org", hosts],
    ["an address", "IP:10.1.2.3", ["10.1.2.3"]],
    ["an address of IPv6 in another spelling", "IP:2001:db8::1", ["2001:0db8:0:0::1"]],
    ["several", "DNS:a.example.org,DNS:llm.example.org,IP:10.1.2.3", ["10.1.2.3", "llm.example.org"]],
    ["this host's, which nobody else calls", names, ["localhost", "llm.example.org", "127.0.0.1"]],
  ])("may be %s", async (_, wanted, called) => {
    expect(await chained({ names: wanted ?? null }, { hosts: called })).toEqual([]);
  });

  const other = "get a certificate for that name too, or take out of gateway.hosts what no client calls";

  it.each<[string, string, readonly string[], string]>([
    ["another name", "DNS:other.example.org", hosts, "other.example.org, and not for llm.example.org"],
    ["only the first", names, [...hosts, "api.example.org"], "llm.example.org, and not for api.example.org"],
    ["only the second", names, ["api.example.org", ...hosts], "llm.example.org, and not for api.example.org"],
    ["a star for two labels", "DNS:*.org", ["llm.example.org"], "*.org, and not for llm.example.org"],
    ["a star for none", "DNS:*.example.org", ["example.org"], "*.example.org, and not for example.org"],
    ["a star in a label", "DNS:l*.example.org", hosts, "l*.example.org, and not for llm.example.org"],
    ["an address as a name", "DNS:10.1.2.3", ["10.1.2.3"], "10.1.2.3, and not for 10.1.2.3"],
    ["a name for an address", names, ["10.1.2.3"], "llm.example.org, and not for 10.1.2.3"],
  ])("stand in the way when they are %s", async (_, wanted, called, found) => {
    expect(await chained({ names: wanted }, { hosts: called })).toEqual([
      `blocking hosts: chain.pem is for ${found} | ${other}`,
    ]);
  });

  it("stand in the way when there are none, whatever its common name is", async () => {
    expect(await chained({ name: "llm.example.org", names: null })).toEqual([
      "blocking certificate: chain.pem names no host: it has no alternative name (subjectAltName), and clients do not look at its common name | " +
        "get one with the alternative names llm.example.org",
    ]);
  });

  it("have to hold the address where clients call that", async () => {
    const only = { hosts: [], address: "10.1.2.3" };
    expect(await chained({ names: "IP:10.1.2.3" }, only)).toEqual([]);
    expect(await chained({ names }, only)).toEqual([
      "blocking certificate: chain.pem is for llm.example.org, and not for 10.1.2.3 | " +
        "get a certificate for that name too, or write into gateway.hosts the names that clients call",
    ]);
    expect(await chained({ names }, { address: "10.1.2.3" })).toEqual([]);
  });

  it("have to hold one of this host's where it alone can call", async () => {
    const only = { hosts: [], address: "127.0.0.1" };
    expect(await chained({ names: "DNS:localhost" }, only)).toEqual([]);
    expect(await chained({ names }, only)).toEqual([
      "blocking certificate: chain.pem is for llm.example.org, and not for 127.0.0.1, ::1, localhost | " +
        "get a certificate for those names too, or write into gateway.hosts the names that clients call",
    ]);
  });

  it("are not looked at where it is not known what clients call", async () => {
    expect(await chained({}, { hosts: [], address: undefined })).toEqual([]);
  });
});

describe("the time of a certificate", () => {
  const day = 24 * 3600 * 1000;
  const at = (days: number) => new Date(Date.now() + days * day);

  it.each([
    [40, /^$/],
    [
      61.5,
      /^warning certificate: chain\.pem ends in 28 days, on \d{4}-\d\d-\d\d \| get a new certificate and put it there$/,
    ],
    [91, /^blocking certificate: chain\.pem has ended, on \d{4}-\d\d-\d\d \| get a new certificate and put it there$/],
  ])("%d days from now is judged by the end", async (days, found) => {
    expect((await chained({}, {}, at(days))).join("\n")).toMatch(found);
  });

  it("has not begun", async () => {
    const early = at(-2);
    const [line = "", ...rest] = await chained({}, {}, early);
    expect(line).toMatch(/^blocking certificate: chain\.pem is valid only from \S+ on, and this host's clock says /);
    expect(line).toContain(`${early.toISOString()} | set the clock where it is wrong, or wait`);
    expect(rest[0]).toMatch(/^blocking certificate: the certificate of Company Issuing, .* is valid only from /);
  });

  it.each([
    [80, "warning", "ends in 19 days"],
    [101, "blocking", "has ended"],
  ])("of its issuer is looked at as well, %d days from now", async (days, level, found) => {
    const folder = tempFolder();
    const root = issue(folder, { name: "Root", names: null, ca: true, days: 3650 });
    const authority = issue(folder, { name: "Issuing", names: null, ca: true, days: 100, by: root });
    const site = issue(folder, { names, days: 365, by: authority });
    const certificate = bundleOf(join(folder, "chain.pem"), site, authority);
    const [line = "", ...rest] = await examined({ certificate }, at(days));
    expect(line).toContain(
      `${level} certificate: the certificate of Issuing, in the chain of ${certificate}, ${found}`,
    );
    expect(line).toContain("| get the current certificate of Issuing and put it into the file in its place");
    expect(rest).toEqual([]);
  });

  it("of a root is nobody's concern: clients have it themselves", async () => {
    const folder = tempFolder();
    const root = issue(folder, { name: "Root", names: null, ca: true, days: 100 });
    const site = issue(folder, { names, days: 365, by: root });
    const certificate = bundleOf(join(folder, "chain.pem"), site, root);
    const [line = "", ...rest] = await examined({ certificate, key: site.key }, at(101));
    expect(line).toContain("warning certificate: the certificate of Root");
    expect(rest).toEqual([]);
  });
});

describe("the chain of a certificate", () => {
  /** Findings of a file with some certificates of an organisation. */
  async function of(pick: (made: ReturnType<typeof organisation>, folder: string) => readonly Made[]) {
    const folder = tempFolder();
    const made = organisation(folder);
    const certificate = bundleOf(join(folder, "chain.pem"), ...pick(made, folder));
    const found = await examined({ certificate, key: made.site.key });
    return found.map((line) => line.replaceAll(`${folder}/`, ""));
  }
  const lacks = "chain.pem lacks the certificate of Company Issuing, which has issued that of site";
  const append = "append the certificate of Company Issuing to chain.pem, and those between it and the root";

  it("may be missing only where its issuer is a root that clients trust, which the file does not tell", async () => {
    expect(await of(({ site }) => [site])).toEqual([
      `warning certificate: ${lacks}; clients take it only if Company Issuing is itself a root that they trust | ${append}; a root may be appended too, and ends this warning`,
    ]);
  });

  it("has a gap when the root is there without what stands between", async () => {
    expect(await of(({ site, root }) => [site, root])).toEqual([`blocking certificate: ${lacks} | ${append}`]);
  });

  it("has a gap when a publicly trusted authority has issued the certificate, which no root does", async () => {
    const folder = tempFolder();
    const extensions = ["certificatePolicies=2.23.140.1.2.1"];
    const { site } = organisation(folder, { extensions });
    const found = await examined({ certificate: site.certificate, key: site.key });
    expect(found.map((line) => line.replaceAll(site.certificate, "chain.pem"))).toEqual([
      `blocking certificate: ${lacks} | ${append}`,
    ]);
  });

  it("does not hold with another authority of the same name", async () => {
    const found = await of(({ site, root }, folder) => [
      site,
      issue(folder, { name: "Company Issuing", file: "again", names: null, ca: true, by: root }),
    ]);
    expect(found).toEqual([
      "blocking certificate: the certificate of Company Issuing in chain.pem has not signed that of site: it is another one of the same name | " +
        "put the right certificate of Company Issuing in its place",
    ]);
  });

  it("is in its order, the gateway's first", async () => {
    expect(await of(({ site, authority, root }) => [site, root, authority])).toEqual([
      "warning certificate: the certificates in chain.pem are not in their order, and some clients take them in no other | " +
        "write them so that each is followed by its issuer's: site, Company Issuing, Company Root",
    ]);
    expect(await of(({ site, authority }) => [authority, site])).toEqual([
      "blocking certificate: the first certificate in chain.pem is that of Company Issuing, and the key is that of site | " +
        "write the certificate of site first, and its issuers behind it",
    ]);
  });

  it("has nothing else beside it", async () => {
    const found = await of(({ site, authority }, folder) => [
      site,
      authority,
      issue(folder, { name: "Old Issuing", names: null, ca: true, by: authority }),
    ]);
    expect(found).toEqual([
      "warning certificate: chain.pem holds certificates that do not belong to its chain: Old Issuing | take them out of the file",
    ]);
  });

  it("has no issuer that may not issue", async () => {
    const folder = tempFolder();
    const { authority } = organisation(folder);
    const server = issue(folder, { name: "server", by: authority });
    const site = issue(folder, { names, by: server });
    const certificate = bundleOf(join(folder, "chain.pem"), site, server, authority);
    const found = await examined({ certificate, key: site.key });
    expect(found[0]).toContain("the certificate of server, in the chain of");
    expect(found[0]).toContain("is not that of an authority");
  });

  it("keeps to what its authorities allow, as OpenSSL knows it", async () => {
    const folder = tempFolder();
    const root = issue(folder, { name: "Root", names: null, ca: true });
    const extensions = ["nameConstraints=critical,permitted;DNS:other.org"];
    const authority = issue(folder, { name: "Issuing", names: null, ca: true, by: root, extensions });
    const site = issue(folder, { names, by: authority });
    const certificate = bundleOf(join(folder, "chain.pem"), site, authority);
    expect(await examined({ certificate, key: site.key })).toEqual([
      `blocking certificate: clients do not take ${certificate}: permitted subtree violation | have its authority look at it, or get another one`,
    ]);
  });
});

describe("a certificate's purpose and strength", () => {
  it.each<[string, Wanted, string]>([
    [
      "is for clients",
      { extensions: ["extendedKeyUsage=clientAuth"] },
      "blocking certificate: chain.pem is not for servers: its extended key usage is 1.3.6.1.5.5.7.3.2 | get one for servers (serverAuth)",
    ],
    [
      "is an authority's",
      { ca: true },
      "blocking certificate: chain.pem is the certificate of an authority, site, which some clients do not take for a server's | " +
        "have that authority issue a certificate for the gateway",
    ],
    [
      "has a short RSA key",
      { algorithm: ["rsa:1024"] },
      "blocking certificate: the certificate of site in chain.pem has an RSA key of 1024 bits, which clients refuse as too weak | " +
        "get one with a key of RSA with 2048 bits or more, or of the curve P-256 or P-384",
    ],
    [
      "has a key of a strange curve",
      { algorithm: ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"] },
      "blocking certificate: the certificate of site in chain.pem has a key of the curve secp256k1, which clients do not know | " +
        "get one with a key of RSA with 2048 bits or more, or of the curve P-256 or P-384",
    ],
    [
      "is signed with SHA-1",
      { digest: "sha1" },
      "blocking certificate: the certificate of site in chain.pem is signed with ecdsa-with-SHA1, which clients refuse as too weak | " +
        "get one that is signed with SHA-256 or stronger",
    ],
    [
      "has a key of Ed25519",
      { algorithm: ["ed25519"] },
      "warning certificate: chain.pem has an Ed25519 key, which no browser takes | " +
        "get one with a key of RSA or of the curve P-256, where browsers are among the clients",
    ],
  ])("that %s is said", async (_, wanted, line) => {
    expect(await chained(wanted)).toEqual([line]);
  });

  it("may be RSA of 2048 bits, for servers and clients", async () => {
    const wanted = { algorithm: ["rsa:2048"], extensions: ["extendedKeyUsage=serverAuth,clientAuth"] };
    expect(await chained(wanted)).toEqual([]);
  });
});

describe("the files of a certificate", () => {
  const made = () => issue(tempFolder(), { names });
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: "pipe" });

  it("say where one is missing, or a folder", async () => {
    const folder = tempFolder();
    const missing = join(folder, "missing.pem");
    expect(await examined({ certificate: missing, key: folder })).toEqual([
      `blocking certificate: ${missing}, which gateway.tls.certificate names, is not there | put the file there, as PEM`,
      `blocking key: ${folder}, which gateway.tls.key names, is a folder | name the file in it`,
    ]);
  });

  it.each<[string, (made: Made, to: string) => void, string, string]>([
    [
      "DER",
      ({ certificate }, to) => openssl("x509", "-in", certificate, "-outform", "der", "-out", to),
      "is DER, not PEM",
      "write it as PEM: `(umask 077; openssl x509 -inform der -in FILE -out NEW)`",
    ],
    [
      "PKCS#12",
      ({ certificate, key }, to) =>
        openssl("pkcs12", "-export", "-in", certificate, "-inkey", key, "-passout", "pass:a", "-out", to),
      "is PKCS#12 (.pfx, .p12), not PEM",
      "take the certificate out of it: `(umask 077; openssl pkcs12 -in FILE -nokeys -out NEW)`",
    ],
    [
      "PKCS#7",
      ({ certificate }, to) => openssl("crl2pkcs7", "-nocrl", "-certfile", certificate, "-out", to),
      "is PKCS#7, not PEM of a certificate",
      "write its certificates as PEM: `openssl pkcs7 -print_certs -in FILE -out NEW`",
    ],
    [
      "UTF-16",
      ({ certificate }, to) => {
        writeFileSync(to, `\uFEFF${readFileSync(certificate, "utf8")}`, "utf16le");
      },
      "is text in UTF-16",
      "write it as ASCII: `iconv -f UTF-16 -t ASCII FILE > NEW`",
    ],
    [
      "nothing",
      (_, to) => {
        writeFileSync(to, "");
      },
      "is empty",
      "put the certificate there, as PEM",
    ],
    [
      "a text",
      (_, to) => {
        writeFileSync(to, "x");
      },
      "holds no certificate",
      "put the certificate there, as PEM",
    ],
    [
      "a key",
      ({ key }, to) => {
        writeFileSync(to, readFileSync(key));
      },
      "holds no certificate, but a PRIVATE KEY",
      "put the certificate there, as PEM",
    ],
    [
      "half of it",
      ({ certificate }, to) => {
        writeFileSync(to, readFileSync(certificate, "utf8").slice(0, 300));
      },
      "is cut short",
      "copy the file again",
    ],
  ])("say that a certificate is %s", async (_, write, found, advice) => {
    const pair = made();
    const file = join(tempFolder(), "other");
    write(pair, file);
    expect(await examined({ certificate: file, key: pair.key })).toEqual([
      `blocking certificate: ${file} ${found} | ${advice.replace("FILE", file)}`,
    ]);
  });

  it("say which certificate is damaged", async () => {
    const { certificate, key } = made();
    const text = readFileSync(certificate, "utf8");
    writeFileSync(certificate, text + text.replace(/\n.{20}/, `\n${"A".repeat(20)}`));
    const [line = "", ...rest] = await examined({ certificate, key });
    expect(line).toMatch(/^blocking certificate: certificate 2 of 2 in \S+ is damaged \(.*\) \| copy the file again$/);
    expect(rest).toEqual([]);
  });

  it("say that a key is encrypted, in either of its forms", async () => {
    const { certificate, key } = made();
    for (const form of ["pkey", "ec"]) {
      const file = join(tempFolder(), "locked.key");
      openssl(form, "-in", key, "-aes256", "-passout", "pass:secret", "-out", file);
      expect(await examined({ certificate, key: file })).toEqual([
        `blocking key: the key ${file} is encrypted, and the gateway has no passphrase for it | ` +
          `write it without one, readable by its owner alone: \`(umask 077; openssl pkey -in ${file} -out NEW)\``,
      ]);
    }
  });

  it("say that the key is another one's, and nothing more", async () => {
    const [{ certificate }, { key }] = [made(), made()];
    expect(await examined({ certificate, key, hosts: ["else.example.org"] })).toEqual([
      `blocking key: ${key} is not the key of the certificate ${certificate} | put the two there that belong together`,
    ]);
  });

  it("warn of a key that everybody can read", async () => {
    const folder = tempFolder();
    const { site, authority } = organisation(folder);
    chmodSync(site.key, 0o644);
    const certificate = bundleOf(join(folder, "chain.pem"), site, authority);
    expect(await examined({ certificate, key: site.key })).toEqual([
      `warning key: the key ${site.key} can be read by every user of this host | take that away: \`chmod o-rwx ${site.key}\``,
    ]);
  });
});
