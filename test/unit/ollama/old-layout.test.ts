import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineTool } from "../../../engine/docker.ts";
import { parseTakenOver, takeOverScript } from "../../../ollama/old-layout.ts";
import { tempFolder } from "../support/temp-folder.ts";

const [one, two, three] = ["1", "2", "3"].map((digit) => `sha256-${digit.repeat(64)}`) as [string, string, string];
const manifest = "manifests/registry.ollama.ai/library/gemma3n/e4b";

/** Runs the script in a folder, with some programs replaced by a shell function. */
function takeOver(folder: string, replaced = "") {
  const text = execFileSync("sh", ["-c", `${defineTool}\n${replaced}\n${takeOverScript}`], { cwd: folder });
  return parseTakenOver(text.toString());
}

function files(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

const home = () =>
  tempFolder({
    id_ed25519: "key",
    history: "prompts",
    [`models/blobs/${one}`]: "weights",
    [`models/blobs/${two}`]: "template",
    [`models/${manifest}`]: "{}",
  });

describe("takeOverScript", () => {
  it("gives blobs a second name and copies manifests, and leaves all that was there", () => {
    const folder = home();
    const before = files(folder);
    expect(takeOver(folder)).toEqual({ linked: 2, moved: 0, models: 1 });
    expect(files(folder)).toEqual([...before, `blobs/${one}`, `blobs/${two}`, manifest].sort());
    expect(statSync(join(folder, "blobs", one)).ino).toBe(statSync(join(folder, "models/blobs", one)).ino);
    expect(statSync(join(folder, manifest)).ino).not.toBe(statSync(join(folder, "models", manifest)).ino);
  });

  it("finds nothing to do the second time, in an empty volume, and in one that is a store already", () => {
    const nothing = { linked: 0, moved: 0, models: 0 };
    const folder = home();
    takeOver(folder);
    expect(takeOver(folder)).toEqual(nothing);
    expect(takeOver(tempFolder())).toEqual(nothing);
    const store = tempFolder({ [`blobs/${one}`]: "weights", [manifest]: "{}" });
    expect(takeOver(store)).toEqual(nothing);
    expect(files(store)).toEqual([`blobs/${one}`, manifest]);
  });

  it("keeps what the store has already, of a volume with both", () => {
    const folder = tempFolder({
      [`blobs/${one}`]: "ours",
      [manifest]: "ours",
      [`models/blobs/${one}`]: "theirs",
      [`models/blobs/${two}`]: "theirs",
      [`models/${manifest}`]: "theirs",
    });
    expect(takeOver(folder)).toEqual({ linked: 1, moved: 0, models: 0 });
    expect(readFileSync(join(folder, "blobs", one), "utf8")).toBe("ours");
    expect(readFileSync(join(folder, manifest), "utf8")).toBe("ours");
  });

  it("finds the store of a volume that had the whole home folder, and blobs named as before Ollama 0.1.40", () => {
    const folder = tempFolder({ [`.ollama/models/blobs/${one.replace("-", ":")}`]: "weights" });
    expect(takeOver(folder)).toEqual({ linked: 1, moved: 0, models: 0 });
    expect(readFileSync(join(folder, "blobs", one), "utf8")).toBe("weights");
  });

  it("leaves what is no blob: cut downloads, links, folders and other files", () => {
    const folder = tempFolder({
      [`models/blobs/${one}-partial`]: "half",
      [`models/blobs/${one}-partial-0`]: "{}",
      "models/blobs/sha256-abc": "short",
      "models/readme": "text",
    });
    mkdirSync(join(folder, "models/blobs", two));
    symlinkSync("/nowhere", join(folder, "models/blobs", three));
    expect(takeOver(folder)).toEqual({ linked: 0, moved: 0, models: 0 });
    expect(readdirSync(folder)).toEqual(["models"]);
  });

  it("goes on where a run was killed, before the first manifest or between two", () => {
    const folder = home();
    takeOver(folder);
    renameSync(join(folder, "manifests"), join(folder, ".taking-over"));
    expect(takeOver(folder)).toEqual({ linked: 0, moved: 0, models: 1 });
    expect(files(folder)).toEqual([...files(home()), `blobs/${one}`, `blobs/${two}`, manifest].sort());
  });

  it("moves blobs where the file system has no second names, and says so", () => {
    const folder = home();
    expect(takeOver(folder, "ln() { return 1; }")).toEqual({ linked: 0, moved: 2, models: 1 });
    expect(files(folder)).toEqual(
      ["id_ed25519", "history", `models/${manifest}`, `blobs/${one}`, `blobs/${two}`, manifest].sort(),
    );
  });
});

describe("defineTool", () => {
  const tool = (path: string, command: string) => {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", `${defineTool}\n${command}`], {
      env: { PATH: path },
    });
    return { status, stdout: stdout.toString(), stderr: stderr.toString() };
  };

  it("runs a program of an image without busybox, and shows what it says", () => {
    const { status, stderr } = tool("/usr/bin:/bin", "tool rm /no/such/file");
    expect(status).toBe(1);
    expect(stderr).toContain("No such file or directory");
    expect(stderr).not.toContain("busybox");
  });

  it("runs that of busybox where the image has no link of its name", () => {
    const folder = tempFolder({ busybox: '#!/bin/sh\necho "busybox $*"\n' });
    chmodSync(join(folder, "busybox"), 0o755);
    expect(tool(folder, "tool chown -R 1:1 .")).toEqual({ status: 0, stdout: "busybox chown -R 1:1 .\n", stderr: "" });
  });

  it("says what the image lacks when it has neither", () => {
    expect(tool(tempFolder(), "tool chown -R 1:1 .")).toEqual({
      status: 127,
      stdout: "",
      stderr: "the image has no chown\n",
    });
  });
});
