import { describe, expect, it } from "vitest";
import { programLabels } from "../../../docker/identity.ts";
import { programBundle } from "../../../docker/program-bundle.ts";
import { programConfig, programLayer, programParts } from "../../../docker/program-image.ts";
import { sha256 } from "../../../support/hashing.ts";
import { failureOf } from "../support/temp-folder.ts";
import { entriesOf, filesOf, listed, unlike } from "./archives.ts";

const contents = { image: `node:24.21.0-slim@sha256:${"b".repeat(64)}`, code: "0123456789ab" };
const bundle = Buffer.from("serve();\n");
const created = "2026-07-15T20:15:00Z";
const base = {
  created,
  config: {
    Env: ["PATH=/usr/local/bin", "NODE_VERSION=24.21.0"],
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["node"],
    WorkingDir: "/srv",
    Healthcheck: { Test: ["CMD", "true"] },
    Labels: { kept: "base" },
  },
  rootfs: { type: "layers", diff_ids: ["sha256:base"] },
  history: [{ created, created_by: "ADD" }],
};

describe("the usher's layer", () => {
  it("has one file in a folder of its own, with the time and the owner that all have", async () => {
    const entries = await entriesOf(await programLayer("usher", bundle));
    expect(listed(entries)).toEqual(["directory usher", "file usher/usher.mjs"]);
    expect(filesOf(entries)).toEqual({ "usher/usher.mjs": "serve();\n" });
    expect(unlike(entries)).toEqual([]);
  });

  it("has its digest and size, the same for the same file", async () => {
    const content = await programLayer("usher", bundle);
    const { layer } = await programParts("usher", contents, bundle);
    expect(layer).toEqual({ digest: sha256(content), size: content.length, content });
    expect((await programParts("usher", { ...contents, code: "other" }, bundle)).layer.digest).toBe(layer.digest);
    expect((await programParts("usher", contents, Buffer.from("other"))).layer.digest).not.toBe(layer.digest);
  });
});

describe("the configuration of the usher's image", () => {
  it("starts the usher, whatever the base starts, and has its layer on top and no health check", async () => {
    const { layer, configOn } = await programParts("usher", contents, bundle);
    expect(configOn(base)).toBe(programConfig("usher", base, contents, layer.digest));
    expect(JSON.parse(configOn(base))).toEqual({
      created,
      config: {
        Env: ["PATH=/usr/local/bin", "NODE_VERSION=24.21.0"],
        Entrypoint: ["node", "/usher/usher.mjs"],
        Cmd: ["serve"],
        WorkingDir: "/srv",
        Labels: { kept: "base", ...programLabels("usher", contents) },
      },
      rootfs: { type: "layers", diff_ids: ["sha256:base", layer.digest] },
      history: [
        { created, created_by: "ADD" },
        { created, created_by: "the usher" },
      ],
    });
  });
});

describe("the usher as one file", () => {
  it("is the same bytes every time, with nothing of this machine in it", async () => {
    const [one, other] = [await programBundle("usher", "x"), await programBundle("usher", "x")];
    expect(Buffer.from(one.content).equals(other.content)).toBe(true);
    const text = Buffer.from(one.content).toString();
    expect(text).not.toContain(process.cwd());
    expect(text.split("\n").filter((line) => /^\/\/ (?!usher\/|node_modules\/)\S+\/\S+$/.test(line))).toEqual([]);
    expect(text).toContain("// usher/main.ts\n");
    expect(text).toContain("node_modules/prom-client/");
  });

  it("tells the packages that are in it", async () => {
    const { content, packages } = await programBundle("usher", "x");
    const comments = Buffer.from(content)
      .toString()
      .matchAll(/^\/\/ (node_modules\/(?:@[^/\n]+\/)?[^/\n]+)\//gm);
    expect(packages).toEqual([...new Set([...comments].map(([, folder]) => folder))].sort());
    expect(packages).toContain("node_modules/prom-client");
  });

  it("cannot be made on a closed host, which is told where the image is", async () => {
    const missing = () =>
      Promise.reject(Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" }));
    expect(await failureOf(programBundle("usher", "localhost/gemma/usher:1", missing))).toBe(
      "The image localhost/gemma/usher:1 is not in the engine, and there is no esbuild here to build it with: " +
        "load the package's image with `docker load`, or run `npm ci` where npm's registry is reached",
    );
  });

  it("says what else is wrong with what makes it", async () => {
    expect(await failureOf(programBundle("usher", "x", () => Promise.reject(new Error("broken"))))).toBe("broken");
  });
});
