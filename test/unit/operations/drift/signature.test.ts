import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { unpackVersion } from "../../../../offline/host/unpack.ts";
import { checkSignature } from "../../../../operations/drift/signature.ts";
import { must } from "../../../support/shell.ts";
import { tinyPackage } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** A version of a package, and a list that allows the key with which it was signed, if it was. */
async function version({ signed = true } = {}) {
  const [folder, keys] = [tempFolder(), tempFolder()];
  const manifest = await tinyPackage(folder);
  const [key, list] = [join(keys, "key"), join(keys, "allowed_signers")];
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  writeFileSync(list, `alice@example.org ${readFileSync(`${key}.pub`, "utf8")}`);
  if (signed)
    await must("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", "gemma-package", join(folder, "manifest.json")]);
  const { folder: unpacked } = await unpackVersion(folder, manifest, new DataFolder(tempFolder()));
  return { folder: unpacked, list, origin: { package: folder, signer: signed ? "alice@example.org" : null, signed } };
}

describe("the signature of a deployed version", () => {
  it("is checked again with the host's list", async () => {
    const { folder, list, origin } = await version();
    expect(await checkSignature({ folder, origin, signers: list })).toEqual({
      compared: ["signature of the manifest: signed by alice@example.org"],
    });
  });

  it("does not fit a manifest that was changed", async () => {
    const { folder, list, origin } = await version();
    const manifest = join(folder, "manifest.json");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"passed"', '"skipped"'));
    expect(await checkSignature({ folder, origin, signers: list })).toEqual({
      differences: [
        {
          of: "signature",
          key: "manifest.json",
          deployed: "signed by alice@example.org",
          now:
            "The signature of alice@example.org does not fit: manifest.json was changed after it was signed, or " +
            `${list} does not allow that key for gemma-package`,
        },
      ],
    });
  });

  it("is of a key that the host no longer allows", async () => {
    const { folder, list, origin } = await version();
    writeFileSync(list, "");
    const { differences } = await checkSignature({ folder, origin, signers: list });
    expect(differences?.[0]?.now).toBe(`The package is signed with a key that ${list} does not list`);
  });

  it("cannot be told without a list, unless it was never checked", async () => {
    const { folder, list, origin } = await version();
    const signers = `${list}.none`;
    const { untold } = await checkSignature({ folder, origin, signers });
    expect(untold).toHaveLength(1);
    expect(untold?.[0]).toContain(`signature: There is no list of allowed signers at ${signers}`);
    expect(await checkSignature({ folder, origin: { ...origin, signer: null }, signers })).toEqual({
      leftOut: ["signature: it was not checked as it was deployed"],
    });
  });

  it("is gone where there was one, and nothing where there was none", async () => {
    const { folder, list, origin } = await version();
    rmSync(join(folder, "manifest.json.sig"));
    expect(await checkSignature({ folder, origin, signers: list })).toEqual({
      differences: [
        { of: "signature", key: "manifest.json.sig", deployed: "signed by alice@example.org", now: "gone" },
      ],
    });
    const none = await version({ signed: false });
    expect(await checkSignature({ ...none, signers: none.list })).toEqual({
      leftOut: ["signature: the package was not signed"],
    });
  });
});
