import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pluginFolder, productionPackages, providerPlugins } from "../../offline/bundle/tools.ts";
import { projectFolder } from "../../support/project-folder.ts";
import type { Project } from "./project.ts";
import { must } from "./shell.ts";

/** A folder with the same bytes; links to them where both are on one disk. */
async function copyTree(from: string, to: string): Promise<void> {
  await must("sh", ["-c", 'cp -al "$0" "$1" 2>/dev/null || { rm -rf "$1"; cp -a "$0" "$1"; }', from, to]);
}

/** The version after one. */
function after(version: string): string {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
}

/**
 * Gives a project the next version of every provider, which is the same plugin under another name, until it is disposed of.
 * @param home - an empty folder for Pulumi's own things
 */
export async function raiseProviders(project: Project, home: string): Promise<AsyncDisposable> {
  const modules = join(project.folder, "node_modules");
  await rm(modules);
  await copyTree(join(projectFolder, "node_modules"), modules);
  await mkdir(join(home, "plugins"), { recursive: true });
  // Where the npm package keeps the CLI that it has downloaded.
  await symlink(join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "versions"), join(home, "versions"));
  const packages = productionPackages(await readFile(join(projectFolder, "package-lock.json"), "utf8"));
  for (const plugin of await providerPlugins(packages)) {
    const raised = after(plugin.version);
    const folder = `resource-${plugin.name}-v${raised}`;
    await copyTree(await pluginFolder(plugin), join(home, "plugins", folder));
    const file = join(modules, "@pulumi", plugin.name, "package.json");
    const text = await readFile(file, "utf8");
    // Never into a file that is linked to.
    await rm(file);
    await writeFile(file, text.replaceAll(`"${plugin.version}"`, `"${raised}"`));
  }
  project.environment["PULUMI_HOME"] = home;
  return {
    [Symbol.asyncDispose]: async () => {
      delete project.environment["PULUMI_HOME"];
      await rm(modules, { recursive: true });
      await symlink(join(projectFolder, "node_modules"), modules);
    },
  };
}
