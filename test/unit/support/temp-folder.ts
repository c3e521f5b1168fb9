import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that lasts as long as the running test, with these files in it. */
export function tempFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "gemma-unit-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** The message of the error that a promise rejects with; fails when it does not reject with an Error. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => "it did not fail",
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome.message;
  throw new Error(String(outcome));
}
