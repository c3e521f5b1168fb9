import { copyFile, link, mkdir, readdir, readlink, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { deploymentOf, localState, project, type Deployment } from "../../runner/local-state.ts";
import { linkDurably } from "../../support/durable.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";

/** What Pulumi calls the folder of a provider plugin; it writes down beside it when the plugin was last used. */
const pluginName = /^(resource-.+?)(\.lastused)?$/;

/**
 * Puts the plugins of all versions on this host where each version finds them.
 *
 * Pulumi loads the very plugin that made a resource, so whichever version runs needs those of the others.
 */
export async function sharePlugins(data: DataFolder): Promise<void> {
  const versions = await data.versions();
  // Of two with the same name, the one that came last.
  const sources = new Map<string, string>();
  for (const version of versions)
    for (const name of await pluginNames(version, data)) sources.set(name, join(packed(version, data), name));
  for (const [name, source] of sources) await linkFiles(source, join(data.plugins, name));
  for (const { folder } of versions) await linkFolder(join(folder, "pulumi/plugins"), data.plugins);
}

/** Removes the plugins that neither a version on this host nor what is written down needs any more. */
export async function removeUnusedPlugins(data: DataFolder): Promise<void> {
  const versions = await data.versions();
  const needed = new Set((await Promise.all(versions.map((version) => pluginNames(version, data)))).flat());
  for (const { manifest } of versions)
    for (const name of recordedPlugins(await recorded(manifest.stack, data))) needed.add(name);
  for (const entry of await readdir(data.plugins).catch(() => [])) {
    const [, name] = pluginName.exec(entry) ?? [];
    if (name !== undefined && !needed.has(name)) await rm(join(data.plugins, entry), { recursive: true });
  }
}

/** Names of the plugins that made what is written down of a stack. */
export function recordedPlugins({ resources = [] }: Deployment): string[] {
  return resources.flatMap(({ type, inputs = {} }) => {
    const [, provider] = /^pulumi:providers:(.+)$/.exec(type) ?? [];
    const { version = inputs["version"] } = (inputs["__internal"] ?? {}) as { version?: unknown };
    return provider !== undefined && typeof version === "string" ? [`resource-${provider}-v${version}`] : [];
  });
}

async function recorded(stack: string, data: DataFolder): Promise<Deployment> {
  const state = localState(data.backend, { folder: data.path, project, stack });
  return state === undefined ? {} : deploymentOf(state);
}

const packed = ({ manifest }: InstalledVersion, data: DataFolder) => data.tool(manifest.tools.plugins.digest);

async function pluginNames(version: InstalledVersion, data: DataFolder): Promise<string[]> {
  const names = await readdir(packed(version, data)).catch(() => []);
  return names.filter((name) => pluginName.exec(name)?.[1] === name);
}

/** Gives a folder the files of another one, which then share their bytes; Pulumi takes no folder that is a link itself. */
async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFiles(source, target);
    else if ((await stat(target).catch(() => undefined))?.ino !== (await stat(source)).ino) {
      await rm(target, { recursive: true, force: true });
      // The tools may have been moved to another disk.
      await link(source, target).catch(() => copyFile(source, target));
    }
  }
}

/** Makes a path a link to a folder; versions of earlier packages have one to their own plugins there. */
async function linkFolder(path: string, folder: string): Promise<void> {
  const target = relative(dirname(path), folder);
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await mkdir(dirname(path), { recursive: true });
  await linkDurably(target, path);
}
