import { spawn } from "node:child_process";
import { once } from "node:events";
import { Failure } from "../../support/failure.ts";

/** What signatures of packages are for, in the sense of `ssh-keygen -Y`; one for something else does not count. */
export const signatureNamespace = "gemma-package";

/**
 * Signs a file with an OpenSSH key into `FILE.sig`; ssh-keygen asks for the key's passphrase itself.
 * @throws Failure when it does not
 */
export async function signFile(file: string, key: string): Promise<void> {
  const args = ["-Y", "sign", "-f", key, "-n", signatureNamespace, file];
  const child = spawn("ssh-keygen", args, { stdio: ["inherit", 2, 2] });
  const [status] = (await once(child, "close").catch(() => [null])) as [number | null];
  if (status !== 0)
    throw new Failure(`ssh-keygen could not sign the manifest with ${key}; the package is not finished`);
}
