import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { syncPath, writeDurably } from "../support/durable.ts";
import type { LocalState } from "./local-state.ts";

/**
 * Mends Pulumi's own files that a killed run or a power cut has left cut short, and without which it works as well.
 * Pulumi replaces most of its files whole but stores none for good, and ends with "EOF" or "corrupt store" over each of them.
 * @param selected - file in which Pulumi keeps which stack of a program was selected
 * @returns what was done, in words; undefined when all can be read
 */
export async function clearCutFiles(state: LocalState, selected: string): Promise<string | undefined> {
  const attributes = [state.file, `${state.file}.bak`, state.meta].map((path) => `${path}.attrs`);
  const cut: string[] = [];
  for (const file of [...attributes, selected, ...(await filesIn(state.history))]) {
    const text = await readFile(file, "utf8").catch(() => "{}");
    if (isJson(text)) continue;
    await rm(file);
    cut.push(file);
  }
  if (await hasNoVersion(state.meta)) {
    // Stacks in folders of their projects are of this version of the layout.
    await writeDurably(state.meta, "version: 1\n");
    cut.push(state.meta);
  }
  return cut.length === 0 ? undefined : `Removing what a killed run has left cut short: ${cut.join(", ")}`;
}

/** Stores what Pulumi has written for good. */
export async function syncState({ file, meta }: LocalState): Promise<void> {
  for (const path of [file, `${file}.bak`, join(file, ".."), meta]) if (existsSync(path)) await syncPath(path);
}

/** The file in which Pulumi keeps which stack of the program in a folder was selected. */
export function selectionFile(project: string, folder: string, environment: NodeJS.ProcessEnv): string {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const program = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
  return join(home, "workspaces", `${project}-${program}-workspace.json`);
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

async function hasNoVersion(meta: string): Promise<boolean> {
  const text = await readFile(meta, "utf8").catch(() => "version: 1");
  return !/^version: \d/m.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
