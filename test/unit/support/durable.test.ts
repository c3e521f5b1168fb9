import { spawnSync } from "node:child_process";
import { globSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createDurably, linkDurably, renameDurably, syncDisk, writeDurably } from "../../../support/durable.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { must } from "../../support/shell.ts";
import { failureOf, tempFolder } from "./temp-folder.ts";

describe("writeDurably", () => {
  it("replaces a file in one step, whatever a killed run left", async () => {
    const folder = tempFolder({ file: "old", "file.partial": "much longer than new" });
    await writeDurably(join(folder, "file"), "new", 0o600);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
    expect(statSync(join(folder, "file")).mode & 0o777).toBe(0o600);
  });

  it("leaves the file as it was when it cannot be written", async () => {
    const folder = tempFolder();
    expect(await failureOf(writeDurably(join(folder, "not/there"), "new"))).toMatch(/^ENOENT: /);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("createDurably", () => {
  it("makes a file with its mode, and never another one in its place", () => {
    const folder = tempFolder();
    createDurably(join(folder, "file"), "first", 0o600);
    expect(() => {
      createDurably(join(folder, "file"), "second", 0o600);
    }).toThrow(/^EEXIST: /);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("first");
    expect(statSync(join(folder, "file")).mode & 0o777).toBe(0o600);
  });
});

describe("linkDurably", () => {
  it.each(["a file", "a link to nothing", "nothing"])("takes the place of %s in one step", async (what) => {
    const folder = tempFolder(what === "a file" ? { link: "" } : {});
    if (what === "a link to nothing") symlinkSync("nothing", join(folder, "link"));
    symlinkSync("half", join(folder, "link.new"));
    await linkDurably("target", join(folder, "link"));
    expect(readdirSync(folder)).toEqual(["link"]);
    expect(readlinkSync(join(folder, "link"))).toBe("target");
  });
});

describe("renameDurably", () => {
  it("gives a file another name", async () => {
    const folder = tempFolder({ "file.partial": "all" });
    await renameDurably(join(folder, "file.partial"), join(folder, "file"));
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

describe("syncDisk", () => {
  it("stores a folder, and names one that cannot be stored", async () => {
    vi.stubEnv("PATH", "/usr/bin:/bin");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await syncDisk(tempFolder());
    const folder = join(tempFolder(), "none");
    expect(await failureOf(syncDisk(folder))).toMatch(
      /^\/.*\/none cannot be stored for good: .*; look at that disk, and run the command again$/s,
    );
  });
});

describe("what is written durably", () => {
  const missing = spawnSync("strace", ["--version"]).status !== 0;
  if (missing) console.log("not run: the order of system calls, as there is no strace");

  it.skipIf(missing)("is what the kernel is asked for: the bytes, then the name", async () => {
    const folder = tempFolder();
    const program = `import { writeDurably } from "${projectFolder}support/durable.ts"; await writeDurably("${folder}/file", "new");`;
    writeFileSync(join(folder, "program.mjs"), program);
    const trace = join(folder, "trace");
    await must("strace", [
      "-f",
      "-o",
      trace,
      "-e",
      "trace=fsync,rename",
      process.execPath,
      join(folder, "program.mjs"),
    ]);
    const calls = [...readFileSync(trace, "utf8").matchAll(/ (fsync|rename)\(/g)].map(([, call]) => call);
    expect(calls).toEqual(["fsync", "rename", "fsync"]);
  });

  it("is everything but what lasts no longer than a run, or is stored with its tree", () => {
    const writing = /\b(writeFile|writeFileSync|appendFile|copyFile|rename|renameSync|createWriteStream|symlink)\(/;
    const files = globSync("{commands,components,config,docker,engine,gateway,offline,ollama,runner,support}/**/*.ts", {
      cwd: projectFolder,
    });
    const found = files.filter((file) => {
      const text = readFileSync(join(projectFolder, file), "utf8").replaceAll(/([.#]|async )\w+\(/g, "");
      return writing.test(text);
    });
    expect(found.sort()).toEqual([
      // The generated parts of documents, kept in git.
      "commands/docs.ts",
      // Reports, which are made again.
      "commands/load.ts",
      "commands/report.ts",
      // An archive that is stored before it gets its name.
      "offline/bundle/archive.ts",
      // A file to try a key on.
      "offline/bundle/signature.ts",
      // Links to plugins, or copies that each run makes again.
      "offline/host/plugins.ts",
      // Names under which things go.
      "offline/host/prune.ts",
      // Trees, see offline/host/whole-tree.ts.
      "offline/host/unpack.ts",
      // A trial, which nobody goes on with.
      "offline/trial.ts",
      // Downloads that are stored before they get their names.
      "ollama/staged-store.ts",
      // The home of it.
      "support/durable.ts",
      // A mark, of which the name alone counts.
      "support/own-folder.ts",
    ]);
  });
});
