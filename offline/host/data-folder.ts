import { existsSync } from "node:fs";
import { mkdir, readdir, readlink, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ownerOf } from "../../engine/image-owners.ts";
import { stackLabels, type StackLabels } from "../../engine/stack-labels.ts";
import { project } from "../../runner/local-state.ts";
import { ensurePassphrase } from "../../runner/passphrase-file.ts";
import { linkDurably } from "../../support/durable.ts";
import { say } from "../../support/progress.ts";
import { manifestProblem, readManifest, type ReadManifest } from "../package/manifest.ts";
import { shortDigest } from "../../support/hashing.ts";

/** A version that was unpacked on this host. */
export interface InstalledVersion {
  readonly folder: string;
  readonly manifest: ReadManifest;
}

/** How messages name a version. */
export function nameOf(manifest: ReadManifest): string {
  return `${shortDigest(manifest.digest)} of ${manifest.created}`;
}

/** What is kept on a closed host from one package to the next: state, passphrase, tools, plugins and versions. */
export class DataFolder {
  readonly path: string;
  /** Folders of versions that were said to be left out. */
  readonly #leftOut = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  /** Whose the images are that versions here bring. */
  get owner(): string {
    return ownerOf(resolve(this.path));
  }

  /** Where the unpacked content with a digest is. */
  tool(digest: string): string {
    return join(this.path, "tools", shortDigest(digest));
  }

  /** Folder with the plugins of all versions. */
  get plugins(): string {
    return join(this.path, "plugins");
  }

  /** URL of the state that all versions share. */
  get backend(): string {
    return pathToFileURL(join(this.path, "state")).href;
  }

  /** Labels of the containers of a stack that is deployed from here. */
  labels(stack: string): StackLabels {
    return stackLabels({ project, stack, backend: this.backend, folder: this.path });
  }

  /** Where the version of a package is. */
  versionFolder(digest: string): string {
    return join(this.path, "versions", shortDigest(digest));
  }

  /** The version with a digest, undefined when it is not on this host. */
  async version(digest: string): Promise<InstalledVersion | undefined> {
    return this.#installed(this.versionFolder(digest));
  }

  /** The version that serves. */
  current(): Promise<InstalledVersion | undefined> {
    return this.#linked("current");
  }

  /** The version that served before it. */
  previous(): Promise<InstalledVersion | undefined> {
    return this.#linked("previous");
  }

  /** Every version on this host, the one that was made last at the end. */
  async versions(): Promise<InstalledVersion[]> {
    const names = await readdir(join(this.path, "versions")).catch(() => []);
    const all = await Promise.all(names.map((name) => this.#installed(join(this.path, "versions", name))));
    const made = ({ manifest }: InstalledVersion) => Date.parse(manifest.created);
    return all.filter((version) => version !== undefined).sort((a, b) => made(a) - made(b));
  }

  /** Makes a version the current one, and the current one the previous. */
  async select(version: InstalledVersion): Promise<void> {
    const current = await this.current();
    if (current?.folder === version.folder) return;
    if (current !== undefined) await this.#link("previous", current.folder);
    await this.#link("current", version.folder);
  }

  /** Leaves no version current, and none to go back to. */
  async deselect(): Promise<void> {
    for (const name of ["current", "previous"]) await rm(join(this.path, name), { force: true });
  }

  /**
   * File with the passphrase that encrypts secrets in the state, written on first use.
   * @throws Failure when the state is encrypted with another one than is there
   */
  async passphrase(): Promise<string> {
    const file = join(this.path, "passphrase");
    const folder = join(this.path, "state/.pulumi/stacks", project);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
    const states = names.map((name) => join(folder, name));
    ensurePassphrase(
      file,
      states,
      "`deploy.sh --uninstall --purge` removes the service with its state, and a package begins anew",
    );
    return file;
  }

  /** Settings with which Pulumi finds its state here, and never asks another machine for anything. */
  environment(version: string): Record<string, string> {
    return {
      PULUMI_HOME: join(version, "pulumi"),
      PULUMI_BACKEND_URL: this.backend,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(this.path, "passphrase"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Another Pulumi on the host has no say.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    };
  }

  /** Creates the folders that all versions share. */
  async create(): Promise<void> {
    for (const name of ["plugins", "state", "tools", "versions"])
      await mkdir(join(this.path, name), { recursive: true, mode: 0o700 });
  }

  async #linked(name: string): Promise<InstalledVersion | undefined> {
    const target = await readlink(join(this.path, name)).catch(() => undefined);
    return target === undefined ? undefined : this.#installed(join(this.path, "versions", basename(target)));
  }

  /** Replaces a link in one step. */
  async #link(name: string, folder: string): Promise<void> {
    await linkDurably(join("versions", basename(folder)), join(this.path, name));
  }

  async #installed(folder: string): Promise<InstalledVersion | undefined> {
    // One that is still being unpacked has another name.
    if (!/^[0-9a-f]{12}$/.test(basename(folder)) || !existsSync(join(folder, "manifest.json"))) return undefined;
    try {
      return { folder, manifest: await readManifest(folder) };
    } catch (error) {
      // It stands in nobody's way: its own package unpacks it again, and the next one that serves clears it away.
      if (!this.#leftOut.has(folder)) say(`A version on this host is left out, as ${manifestProblem(error)}`);
      this.#leftOut.add(folder);
      return undefined;
    }
  }
}
