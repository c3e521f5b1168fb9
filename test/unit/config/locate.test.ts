import { afterEach, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { locateIn } from "../../../config/locate.ts";
import { tempFolder } from "../support/temp-folder.ts";

const files = {
  "Pulumi.yaml": "name: gemma\nconfig:\n  port:\n    default: 1\n  ollama:\n    value:\n      debug: false\n",
  "Pulumi.x.yaml": "\nconfig:\n  gemma:ollama:\n    # A comment.\n    env:\n      A: 1\n    origins:\n      - a\n",
};

describe("locateIn", () => {
  afterEach(() => {
    process.chdir(projectFolder);
  });

  it.each([
    [["ollama"], { file: "Pulumi.x.yaml", line: 3, rank: 0 }],
    [["ollama", "env", "A"], { file: "Pulumi.x.yaml", line: 6, rank: 0 }],
    [["ollama", "env", "B"], { file: "Pulumi.x.yaml", line: 5, rank: 0 }],
    [["ollama", "origins", "0"], { file: "Pulumi.x.yaml", line: 7, rank: 0 }],
    [["ollama", "debug"], { file: "Pulumi.x.yaml", line: 3, rank: 0 }],
    [["port"], { file: "Pulumi.yaml", line: 3, rank: 1 }],
    [["memory"], undefined],
  ])("finds %j", (path, place) => {
    process.chdir(tempFolder(files));
    expect(locateIn("Pulumi.x.yaml")(path)).toEqual(place);
  });

  it("finds nothing where there are no files", () => {
    process.chdir(tempFolder());
    expect(locateIn("Pulumi.x.yaml")(["port"])).toBeUndefined();
  });
});
