import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { checkCertificate } from "../../../runner/check-certificate.ts";
import { authorities, bundleOf, issue, type Made, type Wanted } from "../../support/certificate.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const calledBy = { hosts: ["llm.example.org"], address: "127.0.0.1" };

/** A server that shows the certificates of a file. */
async function serving({ certificate, key }: Pick<Made, "certificate" | "key">): Promise<string> {
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const bound = server.address();
  return `https://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
}

describe("the certificate of a gateway", () => {
  let folder: string;
  let issuers: ReturnType<typeof authorities>;
  let file: string;

  /** A chain of the organisation, written to the file of the configuration. */
  const install = (wanted: Wanted = {}, ...behind: readonly Made[]) => {
    const site = issue(folder, { names: "DNS:llm.example.org", by: issuers.authority, ...wanted });
    bundleOf(file, site, ...behind);
    return {
      key: site.key,
      certificate: bundleOf(join(folder, `${wanted.name ?? "site"}-shown.pem`), site, ...behind),
    };
  };

  beforeEach(() => {
    folder = tempFolder();
    issuers = authorities(folder);
    file = join(folder, "certificate.pem");
  });

  it("is told with its end when the gateway shows that of its file", async () => {
    const url = await serving(install({}, issuers.authority));
    const stdout = writtenTo("stdout");
    await checkCertificate({ url, file, calledBy });
    expect(stdout.join("")).toMatch(/^The certificate of the gateway ends in 89 days, on \d{4}-\d\d-\d\d\n$/);
  });

  it("is not taken by clients when it lacks their name, or has ended", async () => {
    const url = await serving(install({}, issuers.authority));
    const other = { hosts: ["api.example.org"], address: "127.0.0.1" };
    expect(await failureOf(checkCertificate({ url, file, calledBy: other }))).toContain(
      `${file} is for llm.example.org, and not for api.example.org: get a certificate`,
    );
    const later = new Date(Date.now() + 91 * 24 * 3600 * 1000);
    expect(await failureOf(checkCertificate({ url, file, calledBy }, later))).toContain(`${file} has ended, on `);
  });

  it("is an older one than that of the file until the next up", async () => {
    const url = await serving(install({ days: 20 }, issuers.authority));
    install({ name: "renewed" }, issuers.authority);
    const stdout = writtenTo("stdout");
    await checkCertificate({ url, file, calledBy });
    const shown = `the certificate that the gateway shows at ${url}`;
    expect(stdout[0]).toBe(`WARNING: The gateway shows another certificate than ${file} holds: run \`up\`\n`);
    expect(stdout[1]).toMatch(/^The certificate of the gateway ends in 19 days, on /);
    expect(stdout[2]?.startsWith(`WARNING: ${shown} ends in 19 days, on `)).toBe(true);
    expect(stdout).toHaveLength(3);
  });

  it("is another one while the gateway lacks an issuer that the file has", async () => {
    const before = install();
    const url = await serving(before);
    bundleOf(file, before, issuers.authority);
    const stdout = writtenTo("stdout");
    await checkCertificate({ url, file, calledBy });
    expect(stdout[0]).toBe(`WARNING: The gateway shows another certificate than ${file} holds: run \`up\`\n`);
    expect(stdout.at(-1)).toContain(" lacks the certificate of Company Issuing, which has issued that of site; ");
  });

  it("is looked at where its file is gone, which is said", async () => {
    const url = await serving(install({}, issuers.authority));
    rmSync(file);
    const stdout = writtenTo("stdout");
    await checkCertificate({ url, file, calledBy });
    expect(stdout).toEqual([
      `WARNING: ${file}, which gateway.tls.certificate names, is not there: put the file there, as PEM\n`,
      expect.stringMatching(/^The certificate of the gateway ends in 89 days/),
    ]);
  });

  it("is not looked for the names of clients where earlier versions did not tell them", async () => {
    const url = await serving(install({ names: "DNS:other.example.org" }, issuers.authority));
    const stdout = writtenTo("stdout");
    await checkCertificate({ url, file, calledBy: { hosts: [], address: undefined } });
    expect(stdout).toHaveLength(1);
  });
});
