import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layBackup } from "../../../../operations/backup/lay-backup.ts";
import { layConfiguration } from "../../../../operations/backup/lay-configuration.ts";
import { readBackup } from "../../../../operations/backup/read-backup.ts";
import { writeBackup } from "../../../../operations/backup/write-backup.ts";
import { exitStatus } from "../../../../support/exit-status.ts";
import { stateOf } from "./state.ts";

const passphrase = "correct horse";
const now = new Date("2026-11-28T05:00:00.000Z");
const versions = { program: "0.1.0", package: null };
const stateName = "state/.pulumi/stacks/gemma/prod.json";

const state = stateOf(passphrase);

describe("a backup", () => {
  let folder: string;
  const files = new Map(
    Object.entries({
      "state/.pulumi/meta.yaml": "version: 1\n",
      [stateName]: state,
      passphrase: `${passphrase}\n`,
      "configuration/Pulumi.prod.yaml": "config: {}\n",
      "configuration/Pulumi.yaml": "name: gemma\n",
    }).map(([path, text]) => [path, Buffer.from(text)] as const),
  );
  const write = () => writeBackup(files, { stack: "prod", versions, now }, join(folder, "out"));
  const place = () => ({ state: join(folder, "new/state"), passphrase: join(folder, "new/passphrase") });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-backup-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("is a folder of its own that only its owner may read, with the sum of every file", async () => {
    const made = await write();
    expect(made).toBe(join(folder, "out/prod-2026-11-28T05-00-00Z"));
    expect(await readdir(join(folder, "out"))).toEqual(["prod-2026-11-28T05-00-00Z"]);
    for (const entry of await readdir(made, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
    const { manifest, files: read } = await readBackup(made);
    expect(manifest).toMatchObject({ made: now.toISOString(), stack: "prod", versions });
    expect([...read]).toEqual([...files]);
    expect(manifest.warning).toContain("whoever has it has the tokens");
  });

  it("is not written where one was cut short at the same second, which stays", async () => {
    await mkdir(join(folder, "out/prod-2026-11-28T05-00-00Z.partial"), { recursive: true });
    await expect(write()).rejects.toMatchObject({ status: exitStatus.refused });
    expect(await readdir(join(folder, "out"))).toEqual(["prod-2026-11-28T05-00-00Z.partial"]);
  });

  it("is laid with its passphrase, for the owner alone, and a second time", async () => {
    const backup = await readBackup(await write());
    for (let times = 0; times < 2; times++) {
      await layBackup(backup, place());
      expect(await readFile(join(folder, "new", stateName), "utf8")).toBe(state);
      expect(await readFile(place().passphrase, "utf8")).toBe(`${passphrase}\n`);
      expect((await stat(place().passphrase)).mode & 0o777).toBe(0o600);
    }
  });

  it.each([
    ["another state", stateName, "{}", / is there already, and is another state than that of the backup /],
    [
      "another passphrase",
      "passphrase",
      "other\n",
      / holds another passphrase, which the states beside it are encrypted with/,
    ],
  ])("is not laid where there is %s, and nothing is changed", async (_, path, text, message) => {
    const backup = await readBackup(await write());
    const file = join(folder, "new", path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, text);
    await expect(layBackup(backup, place())).rejects.toMatchObject({
      status: exitStatus.refused,
      message: expect.stringMatching(message) as string,
    });
    const left = await readdir(join(folder, "new"), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toHaveLength(1);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("is not laid with a passphrase that is not its state's, or another than the environment gives", async () => {
    const backup = await readBackup(await write());
    const other = { ...backup, files: new Map([...backup.files, ["passphrase", Buffer.from("wrong\n")]]) };
    await expect(layBackup(other, place())).rejects.toThrow(
      /^The passphrase in the backup .* is not that of its state/,
    );
    await expect(layBackup(backup, { ...place(), given: "wrong" })).rejects.toThrow(/gives another passphrase/);
    await layBackup(backup, { ...place(), given: passphrase });
    expect(await readdir(join(folder, "new"))).toEqual(["state"]);
  });

  it.each([
    ["changed", (file: string) => writeFile(file, "{}"), /prod\.json: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}\./],
    ["missing", (file: string) => rm(file), /prod\.json: ENOENT/],
  ])("with a file that is %s is refused", async (_, harm, message) => {
    const made = await write();
    await harm(join(made, stateName));
    await expect(readBackup(made)).rejects.toMatchObject({
      status: exitStatus.untrusted,
      message: expect.stringMatching(message) as string,
    });
  });

  it("is not the folder that it is in, nor one that was cut short", async () => {
    const made = await write();
    await expect(readBackup(join(folder, "out"))).rejects.toThrow(
      `${join(folder, "out")} is no backup (ENOENT: no such file or directory, open '${join(folder, "out/backup.json")}'): name one in it, the newest is ${made}; nothing was changed`,
    );
    await mkdir(join(folder, "x.partial"));
    await expect(readBackup(join(folder, "x.partial"))).rejects.toThrow(/it was cut short; name a whole one/);
  });

  it("whose manifest leads out of it is refused", async () => {
    const made = await write();
    const file = join(made, "backup.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"passphrase": {', '"../passphrase": {'));
    await expect(readBackup(made)).rejects.toThrow(/\.\.\/passphrase: leads out of it/);
  });

  it("gives the stack's file its text, and keeps another one beside it", async () => {
    const backup = await readBackup(await write());
    const file = join(folder, "Pulumi.prod.yaml");
    expect(await layConfiguration(backup, file)).toBe(`${file} is that of the backup`);
    expect(await layConfiguration(backup, file)).toBeUndefined();
    await writeFile(file, "config: {a: 1}\n");
    expect(await layConfiguration(backup, file)).toBe(
      `${file} is that of the backup; what was there is in ${file}.before-restore`,
    );
    expect(await readFile(`${file}.before-restore`, "utf8")).toBe("config: {a: 1}\n");
  });
});
