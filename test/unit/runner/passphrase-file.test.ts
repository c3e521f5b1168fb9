import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensurePassphrase, fits } from "../../../runner/passphrase-file.ts";
import { writtenTo } from "../support/said.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** As Pulumi 3.265 made it with the passphrase `abc`. */
const salt = "v1:rlntdkBl63I=:v1:rvjkvzNoxL6m3pJV:9P2v43P6sVEe3SfFAw9fQoJntsUuWA==";
const encrypted = JSON.stringify({
  checkpoint: { latest: { secrets_providers: { type: "passphrase", state: { salt } } } },
});

describe("fits", () => {
  it.each([
    ["abc", salt, true],
    ["ab", salt, false],
    ["", salt, false],
    ["abc", salt.slice(0, 40), false],
    ["abc", "", false],
  ])("of %j and %s is %s", (passphrase, of, expected) => {
    expect(fits(of, passphrase)).toBe(expected);
  });
});

describe("a passphrase beside a state", () => {
  const otherwise = "begin anew";
  const attempt = (passphrase: string | undefined, state: string | undefined) => {
    const folder = tempFolder(state === undefined ? {} : { state });
    const file = join(folder, "passphrase");
    if (passphrase !== undefined) writeFileSync(file, passphrase);
    const said = writtenTo("stderr");
    let problem = "";
    try {
      ensurePassphrase(file, [join(folder, "state")], otherwise);
    } catch (error) {
      problem = (error as Error).message;
    }
    return { folder, file, said, problem };
  };

  it.each([
    ["is missing", undefined, encrypted],
    ["is empty", "", encrypted],
    ["is empty", " \n", encrypted],
    ["is empty", "\0".repeat(65), encrypted],
    ["is another one", "ab", encrypted],
    ["is missing", undefined, ""],
    ["is empty", "", '{"checkpoint":'],
  ])("is refused and left as it is when it %s: %j", (what, passphrase, state) => {
    const { folder, file, problem, said } = attempt(passphrase, state);
    expect(problem).toBe(
      `The passphrase ${file} ${what}, and the secrets in ${folder}/state are encrypted with it; nothing was changed. ` +
        "Put the copy of it back that you have kept; without one, begin anew",
    );
    expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(passphrase);
    expect(said).toEqual([]);
  });

  it.each([
    ["its own", "abc\n", encrypted],
    ["one, of a state that cannot be read", "any", ""],
    ["one, of a state without secrets", "any", "{}"],
  ])("is taken when it is %s", (_, passphrase, state) => {
    const { file, problem } = attempt(passphrase, state);
    expect(problem).toBe("");
    expect(readFileSync(file, "utf8")).toBe(passphrase);
  });

  it.each([
    ["none", undefined, undefined],
    ["an empty one", "", undefined],
    ["none, of a state without secrets", undefined, "{}"],
  ])("is written for its owner alone where there is %s", (_, passphrase, state) => {
    const { file, problem, said } = attempt(passphrase, state);
    expect(problem).toBe("");
    expect(readFileSync(file, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said).toEqual([
      `Wrote a new passphrase to ${file}; keep a copy of it, without it the secrets in the state are lost.\n`,
    ]);
  });
});
