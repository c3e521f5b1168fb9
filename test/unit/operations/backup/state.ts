import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/** What Pulumi writes beside secrets, to know the passphrase by. */
function saltOf(passphrase: string): string {
  const [seed, nonce] = [randomBytes(8), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", pbkdf2Sync(passphrase, seed, 1_000_000, 32, "sha256"), nonce);
  const sealed = Buffer.concat([cipher.update("pulumi"), cipher.final(), cipher.getAuthTag()]);
  return ["v1", seed.toString("base64"), "v1", nonce.toString("base64"), sealed.toString("base64")].join(":");
}

/** The text of a state whose secrets are encrypted with a passphrase. */
export function stateOf(passphrase: string): string {
  const provider = { type: "passphrase", state: { salt: saltOf(passphrase) } };
  return JSON.stringify({ version: 3, checkpoint: { latest: { secrets_providers: provider } } });
}
