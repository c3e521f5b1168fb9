import { afterEach, describe, expect, it } from "vitest";
import { packedFrom } from "../../offline/bundle/monitoring-images.ts";
import { programIn } from "../../offline/bundle/program-version.ts";
import { haproxyImage, ollamaImage } from "../support/fixtures.ts";
import { blackboxImage, jsonExporterImage, prometheusImage } from "../support/monitored-stack.ts";
import { makeScriptedImage } from "../support/scripted-image.ts";
import { docker } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

it.each([
  ["that is what the image starts with", prometheusImage, "/bin/prometheus", "--version", /^2\.42\.0/],
  ["of an exporter", blackboxImage, "/bin/blackbox_exporter", "--version", /^0\.23\.0/],
  ["that tells it as an error", jsonExporterImage, "/bin/json_exporter", "--version", /^0\.7\.0/],
  ["by its name alone", ollamaImage, "ollama", "--version", /^0\.33\.3$/],
  ["in place of a script that the image starts with", haproxyImage, "haproxy", "-v", /^3\.2\.26/],
])("tells the version of a program %s", async (_, image, program, option, version) => {
  const told = await programIn(image, { name: "it", command: [program, option] });
  expect(told).toEqual({ name: "it", version: expect.stringMatching(version) as string });
});

it("knows none of a program that is not there", async () => {
  const told = await programIn(haproxyImage, { name: "it", command: ["no-such-program", "--version"] });
  expect(told).toEqual({ name: "it", version: "unknown" });
});

describe("the program of an image for GPUs", () => {
  const image = uniqueName("localhost/gemma-test/gpu-exporter");
  const { program } = packedFrom({ part: "gpu-exporter", key: "", image, localName: image });

  afterEach(async () => {
    await docker("rmi", image);
  });

  /** Has the engine have an image with a program that says this when it is asked for its version. */
  const make = (name: string, says: string) =>
    makeScriptedImage(image, `/bin/${name}`, `[ "$*" = --version ] && echo '${says}'`);

  it.each([
    ["dcgm-exporter", "DCGM Exporter version 4.5.3-4.8.2", "4.5.3-4.8.2"],
    ["nvidia_gpu_exporter", "nvidia_gpu_exporter, version 1.4.1 (branch: HEAD, revision: 1a2b3c)", "1.4.1"],
  ])("is %s where that is there", async (name, says, version) => {
    await make(name, says);
    expect(await programIn(image, program)).toEqual({ name, version });
  });

  it("has dcgm-exporter's name and no version where neither is there", async () => {
    await make("other", "1.2.3");
    expect(await programIn(image, program)).toEqual({ name: "dcgm-exporter", version: "unknown" });
  });
});
