import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../../../support/project-folder.ts";
import { packTools, programArchive, type Tools } from "../../../../offline/bundle/pack-tools.ts";
import type { Content } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { readContent, type PackageFiles } from "../../../../offline/package/read-content.ts";
import { must } from "../../../support/shell.ts";
import { bytesOf, entriesOf, filesOf, listed, unlike } from "../../docker/archives.ts";
import { importsOf } from "../../support/imports.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const programFolders = [
  "commands",
  "components",
  "config",
  "docker",
  "docs",
  "edge",
  "engine",
  "gateway",
  "monitoring",
  "offline",
  "ollama",
  "operations",
  "runner",
  "support",
  "usher",
  "watcher",
];
const program = bytesOf(programArchive());
const archived = async () => entriesOf(await program);

describe("the program in a package", () => {
  it("has the program's folders and files, the stacks' files first, and nothing else", async () => {
    const entries = await archived();
    const tops = [...new Set(entries.map(({ name }) => name.split("/")[0]))];
    const stackFiles = ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.yaml"];
    expect(tops.slice(0, 3)).toEqual(stackFiles);
    expect(tops.slice(3).sort()).toEqual([...programFolders, "index.ts", "package.json"].sort());
    const documents = entries.map(({ name }) => name).filter((name) => /^docs\/.*\./.test(name));
    expect(documents).toEqual(["docs/en/runbooks.md", "docs/ko/runbooks.md"]);
    expect(unlike(entries)).toEqual([]);
    const files = filesOf(entries);
    for (const name of [
      ...stackFiles,
      "index.ts",
      "commands/deploy.ts",
      "config/models.json",
      "offline/host/deployment.ts",
    ])
      expect(files[name]).toBe(readFileSync(join(projectFolder, name), "utf8"));
  });

  it.each([
    "commands/deploy.ts",
    "commands/deploy-version.ts",
    "commands/rollback.ts",
    "commands/uninstall.ts",
    "commands/health.ts",
    "index.ts",
    "offline/package/hash-worker.ts",
  ])("has everything that %s imports", async (file) => {
    const names = new Set((await archived()).map(({ name }) => `${projectFolder}${name}`));
    const { files } = importsOf(join(projectFolder, file));
    expect([...files].filter((name) => !names.has(name))).toEqual([]);
  });

  it("of another checkout has no salt, no tests, no state and no staged models", async () => {
    const copy = tempFolder({ "index.ts": "", "package.json": '{"type":"module"}', ".env": "secret" });
    for (const folder of programFolders) cpSync(join(projectFolder, folder), join(copy, folder), { recursive: true });
    symlinkSync(join(projectFolder, "node_modules"), join(copy, "node_modules"));
    for (const folder of ["test", "state", "staged", "notes"]) {
      mkdirSync(join(copy, folder));
      writeFileSync(join(copy, folder, "file"), "");
    }
    const stacks = {
      "Pulumi.yaml": "name: gemma\n",
      "Pulumi.first.yaml": "encryptionsalt: v1:abc\nconfig:\n  gemma:port: 1\n",
      "Pulumi.last.yaml": "config:\n  gemma:port: 2\nencryptionsalt: v1:abc",
      "Pulumi.key.yaml": "config:\n  gemma:ollama:\n    env:\n      encryptionsalt: kept\n",
    };
    for (const [name, text] of Object.entries(stacks)) writeFileSync(join(copy, name), text);
    writeFileSync(join(copy, "Pulumi.last.yaml.orig"), "encryptionsalt: v1:abc\n");
    writeFileSync(
      join(copy, "archive.ts"),
      'import { createWriteStream } from "node:fs";\nimport { pipeline } from "node:stream/promises";\n' +
        'import { programArchive } from "./offline/bundle/pack-tools.ts";\n' +
        'await pipeline(programArchive(), createWriteStream("program.tar"));\n',
    );
    await must(process.execPath, ["archive.ts"], { cwd: copy });
    const entries = await entriesOf(readFileSync(join(copy, "program.tar")));
    const files = filesOf(entries);
    expect(Object.keys(files).filter((name) => !name.includes("/"))).toEqual([
      "Pulumi.first.yaml",
      "Pulumi.key.yaml",
      "Pulumi.last.yaml",
      "Pulumi.yaml",
      "index.ts",
      "package.json",
    ]);
    expect(files["Pulumi.first.yaml"]).toBe("config:\n  gemma:port: 1\n");
    expect(files["Pulumi.last.yaml"]).toBe("config:\n  gemma:port: 2\n");
    expect(files["Pulumi.key.yaml"]).toBe(stacks["Pulumi.key.yaml"]);
    expect(files["Pulumi.yaml"]).toBe("name: gemma\n");
    const folders = entries.filter(({ type, name }) => type === "directory" && !name.includes("/"));
    expect(folders.map(({ name }) => name).sort()).toEqual(programFolders);
    expect(Buffer.concat(entries.map(({ content }) => content)).includes("v1:abc")).toBe(false);
  });
});

describe("the tools of a package", () => {
  /** Tools as they could be on a machine. */
  function someTools(): Tools {
    const folder = tempFolder({ node: "#!/bin/sh\n", pulumi: "cli", "pulumi-language-nodejs": "host", other: "" });
    const names = ["resource-command-v1.2.1", "resource-docker-v5.2.0", "resource-unused-v1.0.0"];
    for (const name of names) {
      mkdirSync(join(folder, "plugins", name), { recursive: true });
      writeFileSync(join(folder, "plugins", name, "plugin"), name);
    }
    return {
      node: join(folder, "node"),
      packages: ["node_modules/tar-stream"],
      plugins: [],
      pluginFolders: names.slice(0, 2).map((name) => join(folder, "plugins", name)),
      pulumiFolder: folder,
      versions: {},
    };
  }

  async function unpacked(source: PackageFiles, content: Content) {
    return entriesOf(await bytesOf(readContent(source, content)));
  }

  it("are the Node as it is, and an archive of each of the others", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 1024 ** 2);
    const tools = await packTools(writer, someTools(), () => undefined);
    const source = { folder, files: writer.files };
    expect(Object.fromEntries(Object.entries(tools).map(([name, { files }]) => [name, files[0]]))).toEqual({
      node: "tools/node.000",
      modules: "tools/modules.tar.zst.000",
      pulumi: "tools/pulumi.tar.zst.000",
      plugins: "tools/plugins.tar.zst.000",
      program: "tools/program.tar.zst.000",
    });
    expect((await bytesOf(readContent(source, tools.node))).toString()).toBe("#!/bin/sh\n");
    expect(listed(await unpacked(source, tools.pulumi))).toEqual(["file pulumi", "file pulumi-language-nodejs"]);
    expect(listed(await unpacked(source, tools.plugins))).toEqual([
      "directory resource-command-v1.2.1",
      "file resource-command-v1.2.1/plugin",
      "directory resource-docker-v5.2.0",
      "file resource-docker-v5.2.0/plugin",
    ]);
    expect(await bytesOf(readContent(source, tools.program))).toEqual(await bytesOf(programArchive()));
    expect(filesOf(await unpacked(source, tools.modules))).toHaveProperty(["node_modules/tar-stream/package.json"]);
  });

  it("are left out where the host has them, all but the program, which unpacks the others", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 1024 ** 2);
    const tools = someTools();
    const whole = await packTools(writer, tools, () => undefined);
    const known = new Set([whole.node, whole.plugins, whole.program].map(({ digest }) => digest));
    const omitted = (digest: string) =>
      known.has(digest)
        ? Object.values(whole)
            .map((tool) => ({ ...tool, files: [] }))
            .find((tool) => tool.digest === digest)
        : undefined;
    const delta = await PackageWriter.open(folder, 1024 ** 2);
    expect(await packTools(delta, tools, omitted)).toEqual({
      ...whole,
      node: { ...whole.node, files: [] },
      plugins: { ...whole.plugins, files: [] },
    });
    await delta.removeStale();
    const listedFiles = Object.keys(delta.files);
    expect(listedFiles.filter((file) => file.startsWith("tools/node") || file.startsWith("tools/plugins"))).toEqual([]);
    expect(existsSync(join(folder, "tools/node.000"))).toBe(false);
    expect(existsSync(join(folder, "tools/plugins.tar.zst.000"))).toBe(false);
    expect(existsSync(join(folder, "tools/program.tar.zst.000"))).toBe(true);
  });
});
