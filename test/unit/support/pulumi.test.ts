import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { missingForPulumi } from "../../support/pulumi.ts";
import { tempFolder } from "./temp-folder.ts";

/** A program in the place of the npm package's, on a machine that has no other; and that machine's PATH. */
function shim(text: string): { file: string; path: string } {
  const path = tempFolder();
  symlinkSync("/usr/bin/timeout", join(path, "timeout"));
  const file = join(tempFolder(), "shim");
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  vi.stubEnv("PATH", path);
  vi.stubEnv("PULUMI_HOME", "/pulumi");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return { file, path };
}

it("has tests use the CLI of npm ci where none is installed", async () => {
  const { file, path } = shim("echo v1.2.3");
  expect(await missingForPulumi(file)).toBeUndefined();
  expect(process.env["PATH"]).toBe(["/pulumi/versions/1.2.3/bin", path].join(delimiter));
});

it("names why there is none", async () => {
  const { file, path } = shim("echo Downloading >&2; echo 'pulumi: fetch failed' >&2; exit 1");
  expect(await missingForPulumi(file)).toBe(
    "there is no Pulumi CLI on the PATH, and none can be downloaded (pulumi: fetch failed)",
  );
  expect(process.env["PATH"]).toBe(path);
});
