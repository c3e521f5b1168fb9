import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certificateFile, fingerprintOf, readKeyPair } from "../../../gateway/certificate.ts";
import { dateOf, daysUntil, lifetime, warningDays } from "../../../gateway/certificate-dates.ts";
import { authorities, bundleOf, issue, makeCertificate } from "../../support/certificate.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const day = 24 * 3600 * 1000;
const now = new Date("2026-11-22T12:00:00Z");
const inDays = (days: number) => new Date(now.getTime() + days * day);
const calledBy = { hosts: ["llm.example.org"], address: "0.0.0.0" };

describe("a certificate and its key", () => {
  it("are handed on as PEM and nothing else, with a name that it is for and its end", async () => {
    const folder = tempFolder();
    const site = issue(folder, { names: "DNS:*.Example.org,DNS:example.org", by: authorities(folder).authority });
    const chain = bundleOf(join(folder, "chain.pem"), site, { certificate: join(folder, "issuing.pem") });
    writeFileSync(chain, `Bag Attributes\n${readFileSync(site.key, "utf8")}${readFileSync(chain, "utf8")}`);
    const pair = await readKeyPair({ certificate: chain, key: site.key, ...calledBy });
    expect(pair).toEqual({
      certificate: ["site.pem", "issuing.pem"].map((name) => readFileSync(join(folder, name), "utf8")).join(""),
      key: readFileSync(site.key, "utf8"),
      name: "*.example.org",
      ends: site.ends,
    });
  });

  it("have an address for a name where it is for no other, in one spelling", async () => {
    const { certificate, key } = issue(tempFolder(), { names: "IP:2001:db8:0:0::5" });
    const called = { hosts: [], address: "2001:db8::5" };
    expect((await readKeyPair({ certificate, key, ...called })).name).toBe("2001:db8::5");
  });

  it("are refused with all that stands in the way, and without what does not", async () => {
    const { certificate, key } = issue(tempFolder(), { extensions: ["extendedKeyUsage=clientAuth"] });
    expect(await failureOf(readKeyPair({ certificate, key, ...calledBy }))).toBe(
      [
        `${certificate} is for localhost, 127.0.0.1, and not for llm.example.org: get a certificate for that name too, or take out of gateway.hosts what no client calls`,
        `${certificate} is not for servers: its extended key usage is 1.3.6.1.5.5.7.3.2: get one for servers (serverAuth)`,
      ].join("\n"),
    );
  });

  it("are refused once the certificate has ended, and not before", async () => {
    const { certificate, key, ends } = makeCertificate(tempFolder());
    const files = { certificate, key, hosts: [], address: "127.0.0.1" };
    expect((await readKeyPair(files, ends)).ends).toEqual(ends);
    expect(await failureOf(readKeyPair(files, new Date(ends.getTime() + 1000)))).toBe(
      `${certificate} has ended, on ${dateOf(ends)}: get a new certificate and put it there`,
    );
  });
});

describe("the end of a certificate", () => {
  it.each([
    [0, 0],
    [0.99, 0],
    [1, 1],
    [30, 30],
    [-0.01, -1],
    [-1, -1],
    [-1.01, -2],
  ])("%d days away is %d whole days away", (days, whole) => {
    expect(daysUntil(inDays(days), now)).toBe(whole);
  });

  it.each([
    [90, "ends in 90 days, on 2027-02-20"],
    [0.2, "ends in 0 days, on 2026-11-22"],
    [-0.2, "has ended, on 2026-11-22"],
    [-400, "has ended, on 2025-10-18"],
  ])("%d days away is told so", (days, words) => {
    expect(lifetime(inDays(days), now)).toBe(words);
  });

  it("is warned of for a month", () => {
    expect(warningDays).toBe(30);
  });

  it("is a day as people write it", () => {
    expect(dateOf(new Date("2026-01-02T23:59:59.999Z"))).toBe("2026-01-02");
  });
});

describe("the file of a certificate", () => {
  it.each([
    ["files", "/tls/a.pem", "/tls/a.pem"],
    ["files", undefined, null],
    ["internal", "/tls/a.pem", null],
    ["none", "/tls/a.pem", null],
  ])("with %s and %s is %s", (mode, certificate, file) => {
    expect(certificateFile({ mode, certificate })).toBe(file);
  });
});

describe("the fingerprint of a file with certificates", () => {
  it("is another one for a certificate that was renewed", () => {
    const folder = tempFolder();
    const before = fingerprintOf(makeCertificate(folder).certificate);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprintOf(makeCertificate(folder).certificate)).not.toBe(before);
  });

  it("is another one for an issuer that is added or changed, and the same for other text", () => {
    const folder = tempFolder();
    const [site, one, two] = ["site", "one", "two"].map((name) => makeCertificate(folder, name)) as [
      ReturnType<typeof makeCertificate>,
      ReturnType<typeof makeCertificate>,
      ReturnType<typeof makeCertificate>,
    ];
    const of = (...certificates: Parameters<typeof bundleOf>[1][]) =>
      fingerprintOf(bundleOf(join(folder, "chain.pem"), ...certificates));
    expect(new Set([of(site), of(site, one), of(site, two), of(site, one, two)]).size).toBe(4);
    const before = of(site, one);
    writeFileSync(join(folder, "chain.pem"), `# renewed\r\n${readFileSync(join(folder, "chain.pem"), "utf8")}`);
    expect(fingerprintOf(join(folder, "chain.pem"))).toBe(before);
  });

  it("is nothing where there is none", () => {
    const folder = tempFolder({ "text.pem": "text" });
    for (const name of ["text.pem", "missing.pem"]) expect(fingerprintOf(join(folder, name))).toBeNull();
    expect(fingerprintOf(folder)).toBeNull();
  });
});
