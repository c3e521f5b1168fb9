import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { tempFolder } from "./temp-folder.ts";

/** Writes a shell script that can be run. */
export function writeProgram(file: string, script: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Puts shell scripts before all programs of the system for as long as the running test, and tells their folder. */
export function fakePrograms(scripts: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, script] of Object.entries(scripts)) writeProgram(join(folder, name), script);
  vi.stubEnv("PATH", [folder, process.env["PATH"]].join(delimiter));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return folder;
}
