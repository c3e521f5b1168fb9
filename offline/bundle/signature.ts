import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syncPath } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";

/** What signatures of packages are for, in the sense of `ssh-keygen -Y`; one for something else does not count. */
export const signatureNamespace = "gemma-package";

/**
 * Signs a file with an OpenSSH key into `FILE.sig`; ssh-keygen asks for the key's passphrase itself.
 * @throws Failure when it does not
 */
export async function signFile(file: string, key: string): Promise<void> {
  if (!(await signed(file, key)))
    throw new Failure(`ssh-keygen could not sign the manifest with ${key}; the package is not finished`);
  await syncPath(`${file}.sig`);
}

/**
 * Makes sure that a key signs, with a file that nobody needs, before a package is made that waits for it.
 * @throws Failure when it does not
 */
export async function trySigning(key: string): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gemma-sign-"));
  const file = join(folder.path, "try");
  await writeFile(file, "");
  if (!(await signed(file, key)))
    throw new Failure(
      `ssh-keygen cannot sign with ${key}: name a private key, or the public key of one in the agent, with --sign; nothing was packed`,
      exitStatus.refused,
    );
}

async function signed(file: string, key: string): Promise<boolean> {
  const args = ["-q", "-Y", "sign", "-f", key, "-n", signatureNamespace, file];
  const child = spawn("ssh-keygen", args, { stdio: ["inherit", 2, 2] });
  const [status] = (await once(child, "close").catch(() => [null])) as [number | null];
  return status === 0;
}
