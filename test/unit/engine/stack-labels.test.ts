import { describe, expect, it } from "vitest";
import { isOwn, labelFilters, stackLabels } from "../../../engine/stack-labels.ts";
import { sha256 } from "../../../support/hashing.ts";

const dev = { project: "gemma", stack: "dev", backend: "file://./state", folder: "/checkout" };

describe("stackLabels", () => {
  it("name the stack, and a digest of the folder with its state", () => {
    expect(stackLabels(dev)).toEqual({
      "io.chatgemma.stack": "gemma/dev",
      "io.chatgemma.state": sha256("/checkout/state").slice("sha256:".length, "sha256:".length + 12),
    });
  });

  it("are the same whichever way the folder is written", () => {
    expect(stackLabels({ ...dev, backend: "file:///checkout/state", folder: "/elsewhere" })).toEqual(stackLabels(dev));
  });

  it.each([
    ["of two names", { stack: "prod" }],
    ["with states in two folders", { folder: "/other" }],
    ["with states at two URLs", { backend: "file:///var/lib/gemma/state" }],
    ["one of which has its state elsewhere", { backend: "s3://bucket" }],
  ])("differ for stacks %s", (_, change) => {
    expect(stackLabels({ ...dev, ...change })).not.toEqual(stackLabels(dev));
  });

  it("differ for states at two URLs elsewhere", () => {
    const [one, two] = ["s3://one", "s3://two"].map((backend) => stackLabels({ ...dev, backend }));
    expect(one).not.toEqual(two);
  });
});

describe("labelFilters", () => {
  it("are options of docker ls that ask for all labels", () => {
    expect(labelFilters({ "io.a": "gemma/dev", "io.b": "12" })).toEqual([
      "--filter",
      "label=io.a=gemma/dev",
      "--filter",
      "label=io.b=12",
    ]);
  });
});

describe("isOwn", () => {
  const labels = stackLabels(dev);
  const before = "ollama-container-0a1b2c3";

  it.each([
    ["with its labels", "any", labels, true],
    ["with its labels and more", "any", { ...labels, more: "1" }, true],
    ["with the labels of another stack", before, stackLabels({ ...dev, stack: "prod" }), false],
    ["with those of one whose state is elsewhere", before, stackLabels({ ...dev, folder: "/other" }), false],
    ["that the provider named before there were labels", before, {}, true],
    ["that somebody named after it", "ollama-container", {}, false],
    ["from the same image", "/jolly_turing", {}, false],
  ])("of a container %s", (_, name, found, own) => {
    expect(isOwn(name, found, labels)).toBe(own);
  });
});
