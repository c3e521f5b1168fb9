import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { labelEverything } from "../../../components/label-everything.ts";

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
