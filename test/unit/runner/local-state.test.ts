import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { deploymentOf, localState, restoreState, type LocalState } from "../../../runner/local-state.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const place = { folder: "/checkout", project: "gemma", stack: "dev" };
const whole = JSON.stringify({ version: 3, checkpoint: { latest: { resources: [{ type: "a:b:C", id: "1" }] } } });
const content = { resources: [{ type: "a:b:C", id: "1" }] };

/** A state on disk: its file with a text, and older ones. */
function stateWith(text: string | undefined, older: Readonly<Record<string, string>> = {}): LocalState {
  const state = localState(`file://${tempFolder()}`, place);
  if (state === undefined) throw new Error("The state is not local");
  mkdirSync(dirname(state.file), { recursive: true });
  mkdirSync(state.backups, { recursive: true });
  if (text !== undefined) writeFileSync(state.file, text);
  for (const [name, copy] of Object.entries(older))
    writeFileSync(name === ".bak" ? `${state.file}.bak` : join(state.backups, name), copy);
  return state;
}

describe("localState", () => {
  it.each([
    ["file:///var/lib/state", "/var/lib/state"],
    ["file://./state", "/checkout/state"],
    ["file://state", "/checkout/state"],
    ["file://~", homedir()],
    ["file://~/state", join(homedir(), "state")],
  ])("of %s is below %s", (backend, root) => {
    expect(localState(backend, place)).toEqual({
      file: `${root}/.pulumi/stacks/gemma/dev.json`,
      meta: `${root}/.pulumi/meta.yaml`,
      history: `${root}/.pulumi/history/gemma/dev`,
      backups: `${root}/.pulumi/backups/gemma/dev`,
      locks: `${root}/.pulumi/locks/organization/gemma/dev`,
    });
  });

  it.each(["s3://bucket", "https://api.pulumi.com"])("of %s is not on this machine", (backend) => {
    expect(localState(backend, place)).toBeUndefined();
  });
});

/** Texts that are no state, and what is said of them. */
const damaged = [
  ["empty", "", "it is empty"],
  ["half there", whole.slice(0, 40), "it is not whole"],
  ["of something else", "{}", "it is no state of Pulumi's"],
] as const;

describe("deploymentOf", () => {
  it("gives what is written down", async () => {
    expect(await deploymentOf(stateWith(whole))).toEqual(content);
  });

  it.each([
    ["was never brought up", undefined],
    ["has nothing written down", '{"checkpoint":{}}'],
    ["has an empty state", '{"checkpoint":{"latest":null}}'],
  ])("gives nothing for a stack that %s", async (_, text) => {
    expect(await deploymentOf(stateWith(text))).toEqual({});
  });

  it.each(damaged)("refuses a state that is %s, and names the way back to the one before", async (_, text, problem) => {
    const state = stateWith(text, { ".bak": whole, "dev.1.json": whole });
    expect(await failureOf(deploymentOf(state))).toBe(
      `The state ${state.file} cannot be read: ${problem}. Nothing was changed. ` +
        `The one before it can be read: \`cp '${state.file}.bak' '${state.file}'\`, and run the command again`,
    );
    expect(readFileSync(state.file, "utf8")).toBe(text);
  });

  it("names the newest of the copies that can be read", async () => {
    const state = stateWith("", {
      ".bak": "",
      "dev.1700000000000000003.json": whole.slice(1),
      "dev.1700000000000000002.json": whole,
      "dev.1700000000000000001.json": whole,
      "dev.1700000000000000004.json.attrs": whole,
    });
    expect(await failureOf(deploymentOf(state))).toContain(
      `\`cp '${state.backups}/dev.1700000000000000002.json' '${state.file}'\``,
    );
  });

  it("does not take a state for damaged that cannot be opened", async () => {
    const state = stateWith(undefined, { ".bak": whole });
    mkdirSync(state.file);
    const sentence = "The state cannot be opened: EISDIR: illegal operation on a directory, read; nothing was changed";
    expect(await failureOf(deploymentOf(state))).toBe(sentence);
    expect(await failureOf(restoreState(state))).toBe(sentence);
    expect(existsSync(`${state.file}.damaged`)).toBe(false);
  });

  it("says that taking the stack down works without any state", async () => {
    const state = stateWith("", { ".bak": "", "dev.1.json": "{}" });
    expect(await failureOf(deploymentOf(state))).toBe(
      `The state ${state.file} cannot be read: it is empty. Nothing was changed. ` +
        "There is no earlier state that can be read; taking the stack down finds its containers by their labels, " +
        "and the next `up` begins anew. Volumes and images stay",
    );
  });
});

describe("restoreState", () => {
  it.each([
    ["can be read", whole],
    ["is not there", undefined],
  ])("leaves a state that %s alone", async (_, text) => {
    const state = stateWith(text, { ".bak": '{"checkpoint":{}}' });
    expect(await restoreState(state)).toBeUndefined();
    expect(existsSync(state.file) ? readFileSync(state.file, "utf8") : undefined).toBe(text);
    expect(existsSync(`${state.file}.damaged`)).toBe(false);
  });

  it.each(damaged)(
    "puts the newest copy in the place of one that is %s, which stays beside it",
    async (_, text, problem) => {
      const state = stateWith(text, { "dev.1.json": "", "dev.2.json": whole, "dev.3.json": "[" });
      expect(await restoreState(state)).toBe(
        `The state ${state.file} cannot be read (${problem}); going on from ${state.backups}/dev.2.json`,
      );
      expect([state.file, `${state.file}.damaged`].map((file) => readFileSync(file, "utf8"))).toEqual([whole, text]);
      expect(await deploymentOf(state)).toEqual(content);
    },
  );

  it("takes a state away that nothing can replace", async () => {
    const state = stateWith("");
    expect(await restoreState(state)).toBe(`The state ${state.file} cannot be read (it is empty), nor any earlier one`);
    expect(readdirSync(dirname(state.file))).toEqual(["dev.json.damaged"]);
    expect(await deploymentOf(state)).toEqual({});
  });
});
