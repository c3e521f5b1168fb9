import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { certificateProblems } from "../../../components/certificate-problems.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { makeCertificate, type Made } from "../../support/certificate.ts";
import { parsed } from "../support/raw-config.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** The configuration of a gateway with these files. */
function configured({ certificate, key }: Pick<Made, "certificate" | "key">, more: object = {}): StackConfig {
  const gateway = { enabled: true, clients: ["backend"], tls: { mode: "files", certificate, key }, ...more };
  return parsed({ delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}`, gateway });
}

describe("the certificate of a gateway that is to be brought up", () => {
  it("is warned of where it is not wholly good", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
    const made = makeCertificate(tempFolder());
    expect(await certificateProblems(configured(made))).toEqual([]);
    expect(warn.mock.calls).toEqual([
      [
        `${made.certificate} is signed by itself, so that clients take it only if they were given this very certificate: ` +
          "give it to all clients, or get one from the organisation's authority",
      ],
    ]);
  });

  it("is a problem of the key that is to be changed", async () => {
    vi.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
    const folder = tempFolder();
    const made = makeCertificate(folder);
    const missing = join(folder, "missing.key");
    const paths = async (config: StackConfig) => (await certificateProblems(config)).map(({ path }) => path.join("."));
    expect(await paths(configured(made, { hosts: ["llm.example.org"] }))).toEqual(["gateway.hosts"]);
    expect(await certificateProblems(configured({ ...made, key: missing }))).toEqual([
      {
        path: ["gateway", "tls", "key"],
        message: `${missing}, which gateway.tls.key names, is not there: put the file there, as PEM`,
      },
    ]);
    expect(await paths(configured({ ...made, certificate: folder }))).toEqual(["gateway.tls.certificate"]);
  });

  it("is not looked at where there is no gateway, or one without files", async () => {
    const none = { certificate: "/not/here.pem", key: "/not/here.key" };
    expect(await certificateProblems(configured(none, { enabled: false }))).toEqual([]);
    expect(await certificateProblems(configured(none, { tls: { mode: "internal" } }))).toEqual([]);
  });
});
