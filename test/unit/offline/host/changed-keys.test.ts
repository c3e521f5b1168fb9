import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { requireChanges } from "../../../../offline/host/changed-keys.ts";
import { DataFolder, type InstalledVersion } from "../../../../offline/host/data-folder.ts";
import { rollBack } from "../../../../offline/host/deployment.ts";
import { unpackVersion } from "../../../../offline/host/unpack.ts";
import { reasonOf } from "../../../../support/failure.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { tinyPackage } from "../../support/package.ts";

const project = "name: gemma\nconfig:\n  memory:\n    default: 16GiB\n  port:\n    default: 11434\n";
const nothing = "nothing";

/** What a check says. */
const saidBy = (check: Promise<void>): Promise<string> => check.then(() => nothing, reasonOf);

/** A host that serves one package, whose files somebody has changed, and another package for it. */
async function hostAndNext(packed: string, here: string, next: string, nextProject = project) {
  const data = new DataFolder(tempFolder());
  const [first, second] = [tempFolder(), tempFolder()];
  const serving = await tinyPackage(first, { files: { "Pulumi.yaml": project, "Pulumi.prod.yaml": packed } });
  const version = await unpackVersion(first, serving, data);
  await data.select(version);
  writeFileSync(join(version.folder, "program/Pulumi.prod.yaml"), here);
  const coming = await tinyPackage(second, {
    created: "2026-11-23T08:00:00.000Z",
    files: { "Pulumi.yaml": nextProject, "Pulumi.prod.yaml": next },
  });
  return { data, version, serving, first, second, coming };
}

async function refusal(...args: Parameters<typeof hostAndNext>): Promise<string> {
  const { data, second, coming } = await hostAndNext(...args);
  return saidBy(requireChanges(second, coming, data));
}

const keys = (...lines: string[]) => `config:\n${lines.map((line) => `  gemma:${line}\n`).join("")}`;

describe("what was changed on a host in the configuration that serves", () => {
  it("is named key by key where a package would undo it", async () => {
    const { data, second, coming, serving } = await hostAndNext(
      keys("memory: 16GiB", "ollama: {keepAlive: 5m}", "address: 127.0.0.1"),
      `${keys("memory: 24GiB", "ollama: {keepAlive: 9m}", "cpus: 3")}encryptionsalt: v1:a:b\n`,
      keys("memory: 20GiB", "ollama: {keepAlive: 5m}", "address: 127.0.0.1"),
    );
    const id = serving.digest.slice(7, 19);
    expect(await saidBy(requireChanges(second, coming, data))).toBe(
      [
        `The configuration of version ${id} of 2026-11-22T08:00:00.000Z was changed on this host, and this package would undo ` +
          "that: bring one that has these values, or add --discard-changes to go on without them; nothing was changed:",
        "  gemma:address: not set here, 127.0.0.1 there; it came as 127.0.0.1",
        "  gemma:cpus: 3 here, not set there; it came as not set",
        "  gemma:memory: 24GiB here, 20GiB there; it came as 16GiB",
        '  gemma:ollama: {"keepAlive":"9m"} here, {"keepAlive":"5m"} there; it came as {"keepAlive":"5m"}',
      ].join("\n"),
    );
  });

  it.each([
    [
      "nothing but the salt",
      keys("memory: 8GiB"),
      `${keys("memory: 8GiB")}encryptionsalt: v1:a:b\n`,
      keys("memory: 9GiB"),
    ],
    ["what the package has too", keys("memory: 8GiB"), keys("memory: 9GiB"), keys("memory: 9GiB")],
    [
      "how it is written",
      keys("ollama: {a: 1, b: 2}"),
      "config:\n  gemma:ollama:\n    b: 2\n    a: 1\n",
      keys("port: 1"),
    ],
    [
      "in quotes, as Pulumi writes it",
      keys("port: 1", "a: true", "b: {c: [1]}"),
      keys('port: "1"', 'a: "true"', 'b: {c: ["1"]}'),
      keys("port: 1", "a: true", "b: {c: [1]}"),
    ],
    ["a default that is written out", keys("port: 1"), keys("port: 1", "memory: 16GiB"), keys("port: 2")],
  ])("is no reason to refuse a package where it is %s", async (_, packed, here, next) => {
    expect(await refusal(packed, here, next)).toBe(nothing);
  });

  it("is compared with the defaults of the package", async () => {
    const other = project.replace("16GiB", "20GiB");
    expect(await refusal(keys("port: 1"), keys("port: 1"), keys("port: 1"), other)).toBe(nothing);
    expect(await refusal(keys("port: 1"), keys("port: 1", "memory: 20GiB"), keys("port: 1"), other)).toBe(nothing);
    expect(await refusal(keys("port: 1"), keys("port: 1", "memory: 8GiB"), keys("port: 1"), other)).toContain(
      "\n  gemma:memory: 8GiB here, 20GiB there; it came as 16GiB",
    );
  });

  it("is not told where it is a secret", async () => {
    expect(await refusal(keys("a: 1"), "config:\n  gemma:a:\n    secure: v1:cipher\n", keys("a: 1"))).toContain(
      "\n  gemma:a: a secret here, 1 there; it came as 1",
    );
  });

  it("stays when the same package comes again", async () => {
    const { data, first, serving } = await hostAndNext(
      keys("memory: 8GiB"),
      keys("memory: 9GiB"),
      keys("memory: 8GiB"),
    );
    expect(await saidBy(requireChanges(first, serving, data))).toBe(nothing);
  });

  it("is compared with the files of a version that is here already", async () => {
    const { data, second, coming } = await hostAndNext(
      keys("memory: 8GiB"),
      keys("memory: 9GiB"),
      keys("memory: 8GiB"),
    );
    const { folder } = await unpackVersion(second, coming, data);
    writeFileSync(join(folder, "program/Pulumi.prod.yaml"), keys("memory: 9GiB"));
    expect(await saidBy(requireChanges(second, coming, data))).toBe(nothing);
  });

  it("is nothing where no version serves", async () => {
    const { data, second, coming } = await hostAndNext(
      keys("memory: 8GiB"),
      keys("memory: 9GiB"),
      keys("memory: 8GiB"),
    );
    await data.deselect();
    expect(await saidBy(requireChanges(second, coming, data))).toBe(nothing);
  });

  it("is said to be unreadable where it is", async () => {
    const { data, version, second, coming } = await hostAndNext(keys("port: 1"), "config: [", keys("port: 1"));
    const file = join(version.folder, "program/Pulumi.prod.yaml");
    expect(await saidBy(requireChanges(second, coming, data))).toContain(`${file} cannot be read: `);
  });
});

describe("going back", () => {
  /** What is said before Pulumi, which these tiny versions do not have, is called. */
  async function saidBefore(change: (current: InstalledVersion) => void): Promise<string[]> {
    const { data, second, coming } = await hostAndNext(
      keys("memory: 8GiB"),
      keys("memory: 9GiB"),
      keys("memory: 8GiB"),
    );
    const current = await unpackVersion(second, coming, data);
    await data.select(current);
    change(current);
    fakePrograms({ docker: "echo '[\"sha256:1\"]'" });
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await saidBy(rollBack(data));
    const said = write.mock.calls.map(([line]) => String(line));
    write.mockRestore();
    const id = coming.digest.slice(7, 19);
    expect(said[0]).toContain(`Going back from version ${id} of `);
    return said.slice(1).map((line) => line.replace(id, "ID"));
  }
  const write = (text: string) => (version: InstalledVersion) => {
    writeFileSync(join(version.folder, "program/Pulumi.prod.yaml"), text);
  };

  it("says what was changed and stays with the version that it goes back from", async () => {
    expect(await saidBefore(write(keys("memory: 7GiB")))).toEqual([
      "What was changed here in the configuration of version ID of 2026-11-23T08:00:00.000Z stays with it:\n" +
        "  gemma:memory: 7GiB here, 9GiB there; it came as 8GiB\n",
    ]);
  });

  it("says nothing where nothing was changed there, and goes on where that cannot be told", async () => {
    expect(await saidBefore(() => undefined)).toEqual([]);
    expect(await saidBefore(write("config: ["))).toEqual([
      expect.stringMatching(
        /^Whether the configuration was changed here is not known: .*Pulumi\.prod\.yaml cannot be read: /,
      ),
    ]);
  });
});
