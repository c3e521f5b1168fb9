import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { readStackFiles } from "../../../config/stack-files.ts";
import { tempFolder } from "../support/temp-folder.ts";

const project =
  "name: gemma\nconfig:\n  port:\n    type: integer\n    default: 11434\n  logging:\n    value:\n      maxFile: 3\n";

function inFolder(files: Readonly<Record<string, string>>): void {
  process.chdir(tempFolder(files));
}

describe("readStackFiles", () => {
  afterEach(() => {
    process.chdir(projectFolder);
  });

  it("hands values over as text and objects as JSON, with Pulumi.yaml's defaults", () => {
    inFolder({ "Pulumi.yaml": project, "Pulumi.x.yaml": "config:\n  gemma:memory: 16GiB\n  gemma:debug: true\n" });
    expect(readStackFiles("x")).toEqual({
      values: {
        "gemma:port": "11434",
        "gemma:logging": '{"maxFile":3}',
        "gemma:memory": "16GiB",
        "gemma:debug": "true",
      },
      secretKeys: [],
    });
  });

  it("replaces an object as a whole", () => {
    inFolder({ "Pulumi.yaml": project, "Pulumi.x.yaml": "config:\n  gemma:logging:\n    maxSize: 5m\n" });
    expect(readStackFiles("x").values["gemma:logging"]).toBe('{"maxSize":"5m"}');
  });

  it("reads an empty stack file", () => {
    inFolder({ "Pulumi.yaml": project, "Pulumi.x.yaml": "" });
    expect(readStackFiles("x").values["gemma:port"]).toBe("11434");
  });

  it.each([
    ["itself", "  gemma:registry:\n    secure: v1:abc\n", ["gemma:registry"]],
    ["inside an object", "  gemma:ollama:\n    env:\n      A:\n        secure: v1:abc\n", ["gemma:ollama"]],
    ["inside a list", "  gemma:ollama:\n    origins:\n      - secure: v1:abc\n", ["gemma:ollama"]],
    ["of another project", "  other:token:\n    secure: v1:abc\n", ["other:token"]],
    ["twice", "  gemma:a:\n    secure: v1:abc\n  gemma:b:\n    secure: v1:abc\n", ["gemma:a", "gemma:b"]],
    ["nowhere", "  gemma:registry: secure\n", []],
  ])("lists the keys with an encrypted value, %s", (_, config, secretKeys) => {
    inFolder({ "Pulumi.yaml": project, "Pulumi.x.yaml": `config:\n${config}` });
    expect(readStackFiles("x").secretKeys).toEqual(secretKeys);
  });

  it.each([
    [
      "UTF-16",
      Buffer.from("\ufeffconfig:\n", "utf16le"),
      "got text in UTF-16, as some editors save it; save it as UTF-8",
    ],
    ["a Korean code page", Buffer.from([0x23, 0xb0, 0xa1, 0x0a]), "got text that is not in UTF-8; save it as UTF-8"],
  ])("says which file is in %s", (_, bytes, reason) => {
    inFolder({ "Pulumi.yaml": project });
    writeFileSync("Pulumi.x.yaml", bytes);
    expect(() => readStackFiles("x")).toThrow(`Pulumi.x.yaml cannot be read: ${reason}`);
  });

  it("reads a file with a mark of UTF-8 and Windows' line ends", () => {
    inFolder({ "Pulumi.yaml": project, "Pulumi.x.yaml": "\ufeffconfig:\r\n  gemma:registry: here\r\n" });
    expect(readStackFiles("x").values["gemma:registry"]).toBe("here");
  });

  it.each([
    [{}, ", nor of another stack: write it"],
    [
      { "Pulumi.prod.yaml": "config: {}", "Pulumi.dev.yaml": "config: {}" },
      "; the stacks there are dev, prod: name one of them, or write that file",
    ],
  ])("says which file is missing, and which stacks there are: %j", (others, advice) => {
    inFolder({ "Pulumi.yaml": project, ...others });
    expect(() => readStackFiles("x")).toThrow(`There is no Pulumi.x.yaml in ${process.cwd()}${advice}`);
  });
});
