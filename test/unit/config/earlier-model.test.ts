import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../config/check.ts";
import { parseConfig } from "../../../config/parse.ts";
import { e4bDigest, problemsOf, validConfig } from "../support/raw-config.ts";

const lead = "model: a stack serves a list of models now; write in its place";

const gemma = ["      gemma:models:", "        - name: gemma3n:e4b"];
const small = ["      gemma:models:", "        - name: someone/small:1"];

describe("the key model, of stacks that served one", () => {
  it.each([
    ["a name alone", { name: "someone/small:1" }, small],
    ["a name and a digest", { name: "gemma3n:e4b", digest: e4bDigest }, [...gemma, `          digest: ${e4bDigest}`]],
    ["nothing in it", {}, gemma],
    ["nothing at all", null, gemma],
    ["a name in its place", "someone/small:1", small],
    ["other text in its place", "small", gemma],
    ["a name that is no text", { name: 3, digest: 4 }, gemma],
    ["a digest alone", { digest: e4bDigest }, [...gemma, `          digest: ${e4bDigest}`]],
  ])("with %s is refused with the lines to write", (_, model, lines) => {
    expect(problemsOf({ model })).toEqual([[lead, ...lines].join("\n")]);
  });

  it("with an encrypted value is refused with the lines to write, and without showing it", async () => {
    const values = { "gemma:model": '{"name":"someone/small:1"}' };
    const { message } = await checkConfig({ values, secretKeys: ["gemma:model"] }, "none");
    expect(message?.split("\n").slice(1)).toEqual([
      `  gemma:${lead.replace("model:", "model: got [secret];")}`,
      ...gemma,
    ]);
  });

  it("as Pulumi hands it over, as JSON, is refused with the lines to write", async () => {
    const text = JSON.stringify({ name: "someone/small:1", digest: e4bDigest });
    const { message } = await checkConfig({ values: { "gemma:model": text }, secretKeys: [] }, "none");
    const shown = `model: got ${text.slice(0, 80)}…;`;
    expect(message?.split("\n")).toEqual([
      "The configuration has a problem; nothing was changed.",
      `  gemma:${lead.replace("model:", shown)}`,
      ...small,
      `          digest: ${e4bDigest}`,
    ]);
  });

  it("says nothing of the models that stand for it, which are not meant", () => {
    const change = { models: ["gemma3n:e4b"], memory: "1GiB", model: { name: "someone/small:1" } };
    expect(problemsOf(change)).toEqual([[lead, ...small].join("\n")]);
  });

  it("leaves the problems of other keys to be told as well", () => {
    const { problems = [] } = parseConfig({ ...validConfig, model: {}, port: "http", delivery: "embedded" });
    expect(problems.map(({ path }) => path.join("."))).toEqual(["port", "model", "baseImage"]);
  });

  it("with what is to be written is no more refused", () => {
    expect(problemsOf({ models: [{ name: "someone/small:1" }], memory: "1GiB" })).toEqual([]);
  });
});
