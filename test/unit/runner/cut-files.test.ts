import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { clearCutFiles, selectionFile, syncState } from "../../../runner/cut-files.ts";
import { localState } from "../../../runner/local-state.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** The bookkeeping of a stack, whole, and the file with the stack that was selected. */
function bookkeeping() {
  const folder = tempFolder();
  const state = localState(`file://${folder}`, { folder, project: "gemma", stack: "dev" });
  if (state === undefined) throw new Error("The state is not local");
  const selected = selectionFile("gemma", "/data/program", { PULUMI_HOME: folder });
  const history = join(state.history, "dev-1.history.json");
  const texts = {
    [state.file]: '{"checkpoint":{}}',
    [`${state.file}.attrs`]: "{}",
    [`${state.file}.bak.attrs`]: '{"user.cache_control":""}',
    [state.meta]: "version: 1\n",
    [`${state.meta}.attrs`]: "{}",
    [history]: '{"kind":"update"}',
    [`${history}.attrs`]: "{}",
    [selected]: '{"stack":"dev"}',
  };
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { state, selected, texts, history };
}

describe("clearCutFiles", () => {
  it("leaves alone what is whole, and what is not there", async () => {
    const { state, selected, texts } = bookkeeping();
    expect(await clearCutFiles(state, selected)).toBeUndefined();
    for (const [file, text] of Object.entries(texts)) expect(readFileSync(file, "utf8")).toBe(text);
    const nothing = localState(`file://${tempFolder()}`, { folder: "/", project: "gemma", stack: "dev" });
    expect(nothing && (await clearCutFiles(nothing, "/none"))).toBeUndefined();
  });

  it.each(["", "half", "\0\0\0\0"])("removes what Pulumi does without, and names it: %j", async (text) => {
    const { state, selected, history } = bookkeeping();
    const cut = [`${state.file}.attrs`, `${state.file}.bak.attrs`, `${state.meta}.attrs`, selected, history];
    for (const file of cut) writeFileSync(file, text);
    expect(await clearCutFiles(state, selected)).toBe(
      `Removing what a killed run has left cut short: ${cut.join(", ")}`,
    );
    expect(cut.filter(existsSync)).toEqual([]);
    expect(readdirSync(dirname(state.file))).toEqual(["dev.json"]);
    expect(await clearCutFiles(state, selected)).toBeUndefined();
  });

  it.each(["", "vers", "\0\0\0\0"])("writes the version of the layout again: %j", async (text) => {
    const { state, selected } = bookkeeping();
    writeFileSync(state.meta, text);
    expect(await clearCutFiles(state, selected)).toBe(`Removing what a killed run has left cut short: ${state.meta}`);
    expect(readFileSync(state.meta, "utf8")).toBe("version: 1\n");
  });
});

describe("selectionFile", () => {
  it("is where Pulumi 3.265 has it", () => {
    expect(selectionFile("gemma", "/tmp/pw/t", { PULUMI_HOME: "/home" })).toBe(
      "/home/workspaces/gemma-ca330b40ab804b4c9f7abc9e9cc87cb764399e59-workspace.json",
    );
  });
});

describe("syncState", () => {
  it("takes a state with or without copies, or none", async () => {
    const { state } = bookkeeping();
    await syncState(state);
    await syncState({ ...state, file: "/none/dev.json", meta: "/none/meta.yaml" });
    expect(readFileSync(state.file, "utf8")).toBe('{"checkpoint":{}}');
  });
});
