import { existsSync, globSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../support/project-folder.ts";

const eslint = new ESLint({
  cwd: projectFolder,
  // Made-up files are in no TypeScript project, and no rule about imports needs one.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith("import-x/"),
});

/** What the linter says of a file's imports. */
async function lint(file: string, text: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(projectFolder, file) });
  return result?.messages.map(({ message }) => message) ?? ["not linted"];
}

const refused = (path: string, sentence: string) => [
  `Unexpected path "${path}" imported in restricted zone. ${sentence}`,
];

/** What `runner` may import, the highest first. */
const parts = ["monitoring", "components", "engine", "docker", "edge", "gateway", "ollama", "config", "support"];
const allOf = (...names: readonly string[]) => names.join(", ");

describe("the directions of imports", { timeout: 60_000 }, () => {
  it.each([
    ["commands/new.ts", "../offline/trial.ts"],
    ["offline/new.ts", "../engine/docker.ts"],
    ["offline/preflight/new.ts", "../package/verify.ts"],
    ["runner/new.ts", "../engine/docker.ts"],
    ["runner/rendering.ts", "../index.ts"],
    ["index.ts", "./components/gateway.ts"],
    ["components/new.ts", "../engine/docker.ts"],
    ["components/new.ts", "../usher/settings.ts"],
    ["engine/new.ts", "../docker/identity.ts"],
    ["docker/new.ts", "../ollama/name.ts"],
    ["edge/new.ts", "../config/gateway.ts"],
    ["gateway/new.ts", "../config/gateway.ts"],
    ["ollama/new.ts", "../support/units.ts"],
    ["config/new.ts", "../support/units.ts"],
    ["config/new.ts", "./rules.ts"],
    ["usher/new.ts", "./settings.ts"],
    ["support/new.ts", "./units.ts"],
    ["support/new.ts", "../node_modules/zod/index.js"],
    ["test/unit/new.ts", "../../commands/up.ts"],
  ])("let %s import %s", async (file, path) => {
    expect(existsSync(join(projectFolder, dirname(file), path))).toBe(true);
    expect(await lint(file, `import "${path}";`)).toEqual([]);
  });

  it.each([
    ["commands/new.ts", "./up.ts", allOf("offline", "operations", "runner", ...parts)],
    ["commands/new.ts", "../index.ts", allOf("offline", "operations", "runner", ...parts)],
    ["operations/new.ts", "../commands/up.ts", allOf("offline", "runner", "watcher", ...parts)],
    ["offline/package/new.ts", "../../commands/up.ts", allOf("runner", ...parts)],
    ["runner/new.ts", "../offline/trial.ts", allOf("index.ts", ...parts)],
    ["index.ts", "./gateway/hosts.ts", "components, engine, config, support"],
    [
      "components/new.ts",
      "../runner/rendering.ts",
      allOf("monitoring", "watcher", ...parts.slice(2, -2), "usher", ...parts.slice(-2)),
    ],
    ["engine/new.ts", "../components/gateway.ts", allOf("monitoring", ...parts.slice(3))],
    ["docker/new.ts", "../engine/docker.ts", "ollama, config, support"],
    ["edge/new.ts", "../gateway/hosts.ts", "config, ollama, support"],
    ["gateway/new.ts", "../ollama/name.ts", "config, support"],
    ["ollama/new.ts", "../gateway/hosts.ts", "config, support"],
    ["config/new.ts", "../ollama/name.ts", "support"],
    ["usher/new.ts", "../support/failure.ts", "nothing of the project"],
    ["watcher/new.ts", "../support/failure.ts", "nothing of the project"],
    ["monitoring/new.ts", "../engine/docker.ts", "edge, usher, watcher, ollama, config, support"],
    ["support/new.ts", "../config/rules.ts", "nothing of the project"],
    ["support/new.ts", "../test/support/shell.ts", "nothing of the project"],
  ])("keep %s from importing %s", async (file, path, allowed) => {
    const [part = ""] = file.split("/");
    expect(await lint(file, `import "${path}";`)).toEqual(refused(path, `${part} may import ${allowed}.`));
  });

  it("keep all of runner but the rendering from the stack", async () => {
    const sentence = "runner may import index.ts in rendering.ts only.";
    expect(await lint("runner/new.ts", 'await import("../index.ts");')).toEqual(refused("../index.ts", sentence));
  });

  it.each([
    ['import type { Client } from "../engine/docker.ts";'],
    ['import { type Client } from "../engine/docker.ts";'],
    ['export type { Client } from "../engine/docker.ts";'],
    ['export * from "../engine/docker.ts";'],
    ['await import("../engine/docker.ts");'],
  ])("hold for %s", async (text) => {
    expect(await lint("gateway/new.ts", text)).toEqual(
      refused("../engine/docker.ts", "gateway may import config, support."),
    );
  });

  it("are there for every folder with source files", async () => {
    const config = (await eslint.calculateConfigForFile(join(projectFolder, "index.ts"))) as {
      rules: { "import-x/no-restricted-paths": [unknown, { zones: readonly { target: string }[] }] };
    };
    const [, { zones }] = config.rules["import-x/no-restricted-paths"];
    const folders = readdirSync(projectFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !["node_modules", "test"].includes(entry.name))
      .map(({ name }) => name)
      .filter((folder) => globSync("**/*.ts", { cwd: join(projectFolder, folder) }).length > 0);
    expect(folders).toContain("gateway");
    expect(zones.map(({ target }) => target)).toEqual(expect.arrayContaining(folders));
  });

  it("allow no circle of files", async () => {
    expect(await lint("support/units.ts", 'import "./failure.ts";')).toEqual([]);
    expect(await lint("support/units.ts", 'import "./progress.ts";')).toEqual(["Dependency cycle detected"]);
  });
});
