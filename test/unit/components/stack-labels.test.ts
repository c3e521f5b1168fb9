import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { labelEverything, labelFilters, stackLabels } from "../../../components/stack-labels.ts";
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

describe("labelEverything", () => {
  /** Inputs of everything that a program declares in a stack with two labels, by name. */
  async function inputsOf(program: () => void): Promise<Record<string, unknown>> {
    const declared: Record<string, unknown> = {};
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          if (type !== "pulumi:pulumi:Stack") declared[name] = inputs;
          return { id: `${name}-id`, state: inputs as object };
        },
        call: () => ({}),
      },
      "gemma",
      "dev",
    );
    await pulumi.runtime.runInPulumiStack(() => {
      labelEverything({ "io.a": "1", "io.b": "2" });
      program();
      return Promise.resolve();
    });
    await pulumi.runtime.disconnect();
    return declared;
  }

  const labels = [
    { label: "io.a", value: "1" },
    { label: "io.b", value: "2" },
  ];

  it("labels containers and networks, also those inside components, and leaves volumes and images alone", async () => {
    const declared = await inputsOf(() => {
      const parent = new pulumi.ComponentResource("gemma:index:Part", "part");
      new docker.Container("container", { image: "sha256:image" }, { parent });
      new docker.Network("network", { internal: true }, { parent });
      new docker.Network("outer-network");
      new docker.Volume("volume", { name: "models" }, { parent });
      new docker.RemoteImage("image", { name: "ollama" });
    });
    expect(declared).toEqual({
      part: {},
      container: { image: "sha256:image", labels },
      network: { internal: true, labels },
      "outer-network": { labels },
      volume: { name: "models" },
      image: { name: "ollama" },
    });
  });
});
