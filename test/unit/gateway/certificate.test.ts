import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dateOf, daysUntil, endOf, expiryNote, readKeyPair, warningDays } from "../../../gateway/certificate.ts";
import { fingerprintOf } from "../../../gateway/certificate.ts";
import { Failure } from "../../../support/failure.ts";
import { makeCertificate } from "../support/certificate.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const day = 24 * 3600 * 1000;
const now = new Date("2026-11-22T12:00:00Z");
const inDays = (days: number) => new Date(now.getTime() + days * day);

describe("a certificate and its key", () => {
  it("are read as they are, with the certificate's end", async () => {
    const made = makeCertificate(tempFolder());
    expect(await readKeyPair(made)).toEqual({
      certificate: readFileSync(made.certificate, "utf8"),
      key: readFileSync(made.key, "utf8"),
      ends: made.ends,
    });
  });

  it("may be in one file", async () => {
    const { certificate, key, ends } = makeCertificate(tempFolder());
    writeFileSync(certificate, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
    expect((await readKeyPair({ certificate, key: certificate })).ends).toEqual(ends);
  });

  it("are refused when they do not belong together", async () => {
    const folder = tempFolder();
    const [{ certificate }, { key }] = [makeCertificate(folder, "a"), makeCertificate(folder, "b")];
    expect(await failureOf(readKeyPair({ certificate, key }))).toBe(
      `${key} is not the key of the certificate ${certificate}: correct gateway.tls`,
    );
  });

  it("are refused once the certificate has ended, and not before", async () => {
    const { certificate, key, ends } = makeCertificate(tempFolder());
    expect((await readKeyPair({ certificate, key }, ends)).ends).toEqual(ends);
    const work = readKeyPair({ certificate, key }, new Date(ends.getTime() + 1000));
    expect(await failureOf(work)).toBe(
      `The certificate ${certificate} has ended on ${ends.toISOString().slice(0, 10)}: put a new one there`,
    );
  });

  it.each(["certificate", "key"] as const)("are refused when the %s is missing", async (which) => {
    const made = makeCertificate(tempFolder());
    const missing = join(tempFolder(), "missing.pem");
    const work = readKeyPair({ ...made, [which]: missing });
    expect(await failureOf(work)).toBe(`${missing}, which gateway.tls.${which} names, cannot be read: ENOENT`);
  });

  it.each(["certificate", "key"] as const)("are refused when the %s is a folder", async (which) => {
    const folder = tempFolder();
    const work = readKeyPair({ ...makeCertificate(folder), [which]: folder });
    expect(await failureOf(work)).toBe(`${folder}, which gateway.tls.${which} names, cannot be read: EISDIR`);
  });

  it.each([
    ["certificate", "no PEM"],
    ["certificate", ""],
    ["key", "no PEM"],
    ["key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
  ] as const)("are refused when the %s is `%s`", async (which, text) => {
    const folder = tempFolder({ "other.pem": text });
    const other = join(folder, "other.pem");
    const work = readKeyPair({ ...makeCertificate(folder), [which]: other });
    await expect(work).rejects.toBeInstanceOf(Failure);
    const message = await failureOf(work);
    expect(message.startsWith(`${other} is not a PEM file of the kind that is needed: `)).toBe(true);
    expect(message).not.toContain("\n");
  });

  it("are refused when they change places", async () => {
    const { certificate, key } = makeCertificate(tempFolder());
    const message = await failureOf(readKeyPair({ certificate: key, key: certificate }));
    expect(message.startsWith(`${key} is not a PEM file of the kind that is needed: `)).toBe(true);
  });
});

describe("the end of a certificate", () => {
  it("is told in ISO, in UTC", async () => {
    const { certificate, ends } = makeCertificate(tempFolder());
    expect(await endOf(certificate)).toBe(ends.toISOString());
  });

  it("is nothing where there is no certificate", async () => {
    const folder = tempFolder({ "text.pem": "text" });
    await expect(endOf(join(folder, "missing.pem"))).rejects.toThrow("ENOENT");
    await expect(endOf(join(folder, "text.pem"))).rejects.toThrow();
  });

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
    [90, "ends in 90 days, on 2027-02-20", false],
    [30, "ends in 30 days, on 2026-12-22", false],
    [29.9, "ends in 29 days, on 2026-12-22", true],
    [0.2, "ends in 0 days, on 2026-11-22", true],
    [-0.2, "has ended, on 2026-11-22", true],
    [-400, "has ended, on 2025-10-18", true],
  ])("%d days away is told so, with a warning from 30 days on", (days, words, warning) => {
    expect(expiryNote("/tls/a.pem", inDays(days), now)).toEqual({
      text: `The certificate /tls/a.pem ${words}`,
      warning,
    });
  });

  it("is warned of for a month", () => {
    expect(warningDays).toBe(30);
  });

  it("is a day as people write it", () => {
    expect(dateOf(new Date("2026-01-02T23:59:59.999Z"))).toBe("2026-01-02");
  });
});

describe("the fingerprint of a certificate", () => {
  it("is the one that openssl tells", () => {
    const { certificate, fingerprint } = makeCertificate(tempFolder());
    expect(fingerprintOf(certificate)).toBe(fingerprint);
  });

  it("is another one for a certificate that was renewed", () => {
    const folder = tempFolder();
    const before = fingerprintOf(makeCertificate(folder).certificate);
    expect(fingerprintOf(makeCertificate(folder).certificate)).not.toBe(before);
  });

  it("is nothing where there is none", () => {
    const folder = tempFolder({ "text.pem": "text" });
    for (const name of ["text.pem", "missing.pem"]) expect(fingerprintOf(join(folder, name))).toBeNull();
    expect(fingerprintOf(folder)).toBeNull();
  });
});
