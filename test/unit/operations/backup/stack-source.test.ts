import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readStack } from "../../../../operations/backup/stack-source.ts";
import { exitStatus } from "../../../../support/exit-status.ts";
import { stateOf } from "./state.ts";

describe("what is saved of a stack", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-source-"));
    vi.stubEnv("PULUMI_BACKEND_URL", pathToFileURL(folder).href);
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "correct horse");
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE_FILE", undefined);
    await mkdir(join(folder, ".pulumi/stacks/gemma"), { recursive: true });
    await writeFile(join(folder, ".pulumi/meta.yaml"), "version: 1\n");
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  const write = (name: string, text: string) => writeFile(join(folder, ".pulumi/stacks/gemma", name), text);

  it("is its state with the copy before it, the passphrase and the configuration, and nothing of other stacks", async () => {
    const state = stateOf("correct horse");
    for (const name of ["prod.json", "prod.json.bak", "dev.json", "prod2.json"]) await write(name, state);
    const files = await readStack("prod", undefined);
    expect([...files.keys()].sort()).toEqual([
      "configuration/Pulumi.prod.yaml",
      "configuration/Pulumi.yaml",
      "passphrase",
      "state/.pulumi/meta.yaml",
      "state/.pulumi/stacks/gemma/prod.json",
      "state/.pulumi/stacks/gemma/prod.json.bak",
    ]);
    expect(files.get("passphrase")?.toString()).toBe("correct horse\n");
    expect(files.get("state/.pulumi/stacks/gemma/prod.json")?.toString()).toBe(state);
  });

  it.each([
    ["never brought up", undefined, exitStatus.absent, /^The stack prod has not been brought up here/],
    [
      "encrypted with another passphrase",
      "other",
      exitStatus.refused,
      /^The passphrase is another one than that of the state/,
    ],
  ])("is nothing of one that was %s", async (_, word, status, message) => {
    if (word !== undefined) await write("prod.json", stateOf(word));
    await expect(readStack("prod", undefined)).rejects.toMatchObject({
      status,
      message: expect.stringMatching(message) as string,
    });
  });

  it("is nothing of one whose state cannot be read", async () => {
    await write("prod.json", "{");
    await expect(readStack("prod", undefined)).rejects.toThrow(/ cannot be read: it is not whole\./);
  });

  it("is nothing of one whose state is elsewhere", async () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://elsewhere");
    await expect(readStack("prod", undefined)).rejects.toThrow(/^The state of prod is not on this machine/);
  });
});
