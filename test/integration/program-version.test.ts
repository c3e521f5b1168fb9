import { expect, it } from "vitest";
import { programIn } from "../../offline/bundle/program-version.ts";
import { haproxyImage, ollamaImage } from "../support/fixtures.ts";
import { blackboxImage, jsonExporterImage, prometheusImage } from "../support/monitored-stack.ts";

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
