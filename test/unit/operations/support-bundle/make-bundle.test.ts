import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { packed, withinSize, type BundleFile } from "../../../../operations/support-bundle/archive.ts";
import { makeBundle } from "../../../../operations/support-bundle/make-bundle.ts";
import { cleanConfiguration } from "../../../../operations/support-bundle/stack-files.ts";
import { exitStatus } from "../../../../support/exit-status.ts";

const about = { en: "A file", ko: "파일" };
const secret = { value: "YmFja2VuZC4xOkFiY2RlZjEyMzQ1Njc4OTA", what: "token of backend" };
const input = { stack: "prod", unknown: undefined, now: new Date("2026-11-28T05:00:00.000Z"), secrets: [secret] };

describe("a support bundle", () => {
  it("holds the files without secrets, and their lists", async () => {
    const { archive, files } = await makeBundle({ ...input, files: [{ path: "a.txt", text: secret.value, about }] });
    expect(files.map(({ path }) => path)).toEqual(["CONTENTS.en.md", "CONTENTS.ko.md", "a.txt"]);
    const text = gunzipSync(archive).toString("latin1");
    expect(text).toContain("support-prod-2026-11-28T05-00-00Z/a.txt");
    expect(text).toContain("[removed: token of backend]");
    expect(text).not.toContain(secret.value);
  });

  it("is not made while a secret is left, be it in a name", async () => {
    const made = makeBundle({ ...input, files: [{ path: `logs/${secret.value}.log`, text: "", about }] });
    await expect(made).rejects.toMatchObject({
      status: exitStatus.refused,
      message: expect.stringMatching(
        /^Secrets are left in what was to be packed, and nothing was written:\n/,
      ) as string,
    });
  });

  it("says where the secrets of the state are not known", async () => {
    const { files } = await makeBundle({ ...input, unknown: "no passphrase", files: [] });
    expect(files[0]?.text).toContain("The secret values of the state could not be read (no passphrase)");
    expect(files[1]?.text).toContain("상태의 비밀 값을 읽지 못했다(no passphrase)");
  });
});

describe("the size of a support bundle", () => {
  const most = 512 * 1024;
  const log = (path: string, lines: number): BundleFile => ({
    path,
    text: Array.from({ length: lines }, (_, line) => `${line} ${randomBytes(48).toString("hex")}`).join("\n"),
    about,
    log: true,
  });

  it("is kept by leaving out the oldest lines of the largest logs, which is said", async () => {
    const [large, small, other] = [log("large.log", 40_000), log("small.log", 100), { ...log("x", 100), log: false }];
    const files = withinSize([large, small, other], most);
    expect(files.slice(1)).toEqual([small, other]);
    const [first = "", ...rest] = files[0]?.text.split("\n") ?? [];
    const left = Number(
      /^\[removed: the (\d+) oldest lines, for the archive to have no more than 512 KiB\]$/.exec(first)?.[1],
    );
    expect(rest[0]?.split(" ")[0]).toBe(String(left));
    expect(rest.at(-1)).toBe(large.text.split("\n").at(-1));
    expect((await packed("x", files)).length).toBeLessThanOrEqual(most);
  });

  it("leaves what fits as it is", () => {
    const files = [log("a.log", 10)];
    expect(withinSize(files, most)).toEqual(files);
  });
});

it("a configuration keeps all but prompts and encrypted values", () => {
  const text = [
    "# Comment",
    "encryptionsalt: v1:abc=:v1:def:ghi",
    "config:",
    "  gemma:readiness:",
    "    prompt: Where is quombledrift?",
    '    pattern: "가람"',
    "  gemma:ollama:",
    "    env:",
    "      HF:",
    "        secure: v1:xyz",
    "",
  ].join("\n");
  const clean = cleanConfiguration(text);
  expect(clean).toContain("# Comment\n");
  expect(clean).not.toMatch(/quombledrift|가람|v1:/);
  expect(clean.split("\n")).toHaveLength(text.split("\n").length);
});
