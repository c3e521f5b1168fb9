import { existsSync } from "node:fs";
import { join } from "node:path";
import { signedBy, type Origin } from "../../offline/host/deployed.ts";
import { signatureName } from "../../offline/package/journal.ts";
import { manifestName } from "../../offline/package/manifest.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { asked, type Said } from "../support-bundle/ask-host.ts";
import type { Look } from "./look.ts";

/** A version whose signature is looked at. */
export interface SignedVersion {
  /** Folder of the version. */
  readonly folder: string;
  /** Where it came from; null where nobody has written it down. */
  readonly origin: Origin | null;
  /** The host's list of allowed signers; undefined for the one that `deploy.sh` takes. */
  readonly signers: string | undefined;
}

/** Checks the signature of the version that serves again, as it was checked before it was deployed. */
export async function checkSignature({ folder, origin, signers }: SignedVersion): Promise<Look> {
  if (!existsSync(join(folder, signatureName))) return withoutSignature(origin);
  const list = signers === undefined ? [] : ["--allowed-signers", signers];
  return signatureLook(origin, await asked(["bash", join(folder, "check-signature.sh"), ...list]));
}

/** What it means that a version has no signature. */
export function withoutSignature(origin: Origin | null): Look {
  if (origin?.signed !== true) return { leftOut: ["signature: the package was not signed"] };
  return { differences: [{ of: "signature", key: signatureName, deployed: signedBy(origin), now: "gone" }] };
}

/** What it means how the check ended. */
export function signatureLook(origin: Origin | null, { text, status }: Said): Look {
  const said = text.trim().replace(/; (?:it|the package) was not used$/, "");
  if (status === 0) return { compared: [`signature of the manifest: ${said.replace(/^Signed by/, "signed by")}`] };
  // Without a list nothing can be said, as little as on the day of the deployment where that had none either.
  if (said.startsWith("There is no list")) {
    const checked = origin !== null && origin.signer !== null;
    return checked
      ? { untold: [`signature: ${said}`] }
      : { leftOut: ["signature: it was not checked as it was deployed"] };
  }
  if (status !== exitStatus.untrusted) return { untold: [`signature: ${said}`] };
  const deployed = origin === null ? "signed" : signedBy(origin);
  return { differences: [{ of: "signature", key: manifestName, deployed, now: said }] };
}
