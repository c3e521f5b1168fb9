import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { installedPulumi, pulumiCommand, pulumiEnvironment } from "../../../runner/pulumi-cli.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A folder below a temporary one with an executable `pulumi`. */
function folderWithPulumi(path = "bin", mode = 0o755): string {
  const folder = join(tempFolder(), path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "pulumi"), "#!/bin/sh\n");
  chmodSync(join(folder, "pulumi"), mode);
  return folder;
}

function setPath(...folders: string[]): void {
  vi.stubEnv("PATH", folders.join(delimiter));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe("installedPulumi", () => {
  it("finds the first one on the PATH", () => {
    const [first, second] = [folderWithPulumi(), folderWithPulumi()];
    expect(installedPulumi([tempFolder(), first, second].join(delimiter))).toBe(join(first, "pulumi"));
  });

  it("ignores the project's own node_modules/.bin", () => {
    expect(installedPulumi(join(projectFolder, "node_modules/.bin"))).toBeUndefined();
  });

  it("ignores any node_modules/.bin", () => {
    const installed = folderWithPulumi();
    const path = [folderWithPulumi("node_modules/.bin"), installed].join(delimiter);
    expect(installedPulumi(path)).toBe(join(installed, "pulumi"));
  });

  it("ignores a file that is not executable", () => {
    const files = [folderWithPulumi("bin", 0o644), folderWithPulumi("bin", 0o755)];
    expect(installedPulumi(files.join(delimiter))).toBe(join(files[1] ?? "", "pulumi"));
  });

  it.each(["", delimiter])("finds none on the PATH %j", (path) => {
    expect(installedPulumi(path)).toBeUndefined();
  });
});

describe("pulumiCommand", () => {
  it("is the installed one", () => {
    const folder = folderWithPulumi();
    setPath(folder);
    expect(pulumiCommand()).toBe(join(folder, "pulumi"));
  });

  it("is the npm package's where none is installed", () => {
    setPath(tempFolder());
    expect(pulumiCommand()).toBe(join(projectFolder, "node_modules/.bin/pulumi"));
  });
});

describe("pulumiEnvironment", () => {
  it("puts the Node that runs now first on the PATH and leaves node_modules/.bin out", () => {
    setPath(join(projectFolder, "node_modules/.bin"), "/usr/bin", "/bin");
    expect(pulumiEnvironment()["PATH"]).toBe([dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter));
  });

  it("asks nobody for updates and keeps all other variables", () => {
    const { PATH, PULUMI_SKIP_UPDATE_CHECK: skip, ...rest } = pulumiEnvironment();
    const own = Object.entries(process.env).filter(([name]) => !["PATH", "PULUMI_SKIP_UPDATE_CHECK"].includes(name));
    expect(PATH).not.toBe("");
    expect([skip, rest]).toEqual(["true", Object.fromEntries(own)]);
  });
});
