import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { backendFolder, backendUrl, defaultBackend } from "../../../config/backend.ts";
import { projectFolder } from "../../../support/project-folder.ts";

describe("the backend", () => {
  it("is by default the one of Pulumi.yaml", () => {
    const { backend } = parse(readFileSync(join(projectFolder, "Pulumi.yaml"), "utf8")) as { backend: { url: string } };
    expect(backend).toEqual({ url: defaultBackend });
  });

  it.each([
    ["is not set", {}, defaultBackend],
    ["is empty", { PULUMI_BACKEND_URL: "" }, defaultBackend],
    ["names another", { PULUMI_BACKEND_URL: "s3://bucket" }, "s3://bucket"],
  ])("when PULUMI_BACKEND_URL %s", (_, environment, url) => {
    expect(backendUrl(environment)).toBe(url);
  });
});

describe("the folder of a backend", () => {
  it.each([
    ["file://./state", "/checkout/state"],
    ["file://state/below", "/checkout/state/below"],
    ["file://../state", "/state"],
    ["file://.", "/checkout"],
    ["file:///var/lib/gemma/state", "/var/lib/gemma/state"],
    ["file:///with%20blank", "/with blank"],
    ["file://~", homedir()],
    ["file://~/state", join(homedir(), "state")],
  ])("%s is %s", (url, folder) => {
    expect(backendFolder(url, "/checkout")).toBe(folder);
  });

  it.each(["s3://bucket", "azblob://container", "https://api.pulumi.com"])("%s is not on this machine", (url) => {
    expect(backendFolder(url, "/checkout")).toBeUndefined();
  });
});
