import { mkdtemp, copyFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { checkConfig } from "../../config/check.ts";
import { readStackFiles } from "../../config/stack-files.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { Change } from "./propose.ts";

/**
 * The text of a stack's file with some changes; comments and everything else stay.
 * @throws Failure when a key is written in a form that cannot be changed inside
 */
export function changedFile(text: string, changes: readonly Change[]): string {
  const document = parseDocument(text);
  for (const { path, value } of changes) {
    const [key = "", ...below] = path;
    const place = ["config", `gemma:${key}`, ...below];
    const outer = document.getIn(place.slice(0, 2), true);
    if (below.length > 0 && outer !== undefined && !isMap(outer))
      throw new Failure(
        `gemma:${key} is not written as keys below it, so that ${below.join(".")} cannot be changed there: write it as a map`,
        exitStatus.refused,
      );
    if (value === undefined) document.deleteIn(place);
    else document.setIn(place, value);
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * Makes sure that the program takes a stack's file as it would be.
 * @throws Failure that names what it would refuse
 */
export async function requireAccepted(stack: string, text: string, folder: string): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), "gemma-tune-"));
  try {
    await copyFile(join(folder, "Pulumi.yaml"), join(place, "Pulumi.yaml"));
    await writeFile(join(place, `Pulumi.${stack}.yaml`), text);
    const { message } = await checkConfig(readStackFiles(stack, place), stack);
    if (message !== undefined)
      throw new Failure(`The proposed values are refused, and nothing was written. ${message}`, exitStatus.refused);
  } finally {
    await rm(place, { recursive: true });
  }
}
