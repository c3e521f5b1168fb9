import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { signFile, trySigning } from "../../../../offline/bundle/signature.ts";
import { must } from "../../../support/shell.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const tries = () => readdirSync(tmpdir()).filter((name) => name.startsWith("gemma-sign-"));

async function key(): Promise<string> {
  const file = join(tempFolder(), "key");
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return file;
}

const cannot = (file: string) =>
  `ssh-keygen cannot sign with ${file}: name a private key, or the public key of one in the agent, with --sign; nothing was packed`;

describe("a key that signs packages", () => {
  it("passes, signs, and leaves nothing behind", async () => {
    const before = tries();
    const file = join(tempFolder({ "manifest.json": "{}" }), "manifest.json");
    const path = await key();
    await trySigning(path);
    await signFile(file, path);
    expect([existsSync(`${file}.sig`), tries()]).toEqual([true, before]);
  });

  it("is refused when it is not there, is no key, or is a public one without its agent", async () => {
    const before = tries();
    const path = await key();
    const text = join(tempFolder(), "text");
    writeFileSync(text, "no key\n", { mode: 0o600 });
    const alone = join(tempFolder(), "alone.pub");
    await must("cp", [`${path}.pub`, alone]);
    for (const file of [join(tempFolder(), "none"), text, alone])
      await expect(trySigning(file)).rejects.toThrow(cannot(file));
    expect(tries()).toEqual(before);
  });
});
