import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { softly } from "./ask.ts";

/** A file that tells Docker how containers get NVIDIA's GPUs, by the Container Device Interface (CDI). */
export interface CdiSpec {
  readonly path: string;
  /** By the name of a device, such as `0`, `all` or a UUID, what it names of the host that is not there. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
}

/** What a specification does to a container. */
interface Edits {
  readonly deviceNodes?: readonly { readonly path?: string; readonly hostPath?: string }[] | null;
  readonly mounts?: readonly { readonly hostPath?: string }[] | null;
  readonly hooks?: readonly { readonly path?: string }[] | null;
}

interface Spec {
  readonly kind?: string;
  readonly containerEdits?: Edits;
  readonly devices?: readonly { readonly name?: string | number; readonly containerEdits?: Edits }[] | null;
}

/**
 * The specifications of NVIDIA's GPUs, in the order of the folders, the last of which counts.
 * @param root - folder that stands in for `/`
 */
export async function gatherCdi(folders: readonly string[], root = "/"): Promise<CdiSpec[]> {
  const paths = await Promise.all(folders.map((folder) => specsIn(folder, root)));
  const specs = await Promise.all(paths.flat().map((path) => softly(read(path, root))));
  return specs.filter((spec) => spec !== null);
}

async function specsIn(folder: string, root: string): Promise<string[]> {
  const names = (await softly(readdir(join(root, folder)))) ?? [];
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Null for one of something else; one that cannot be read has no devices, for Docker either. */
async function read(path: string, root: string): Promise<CdiSpec | null> {
  const text = await readFile(join(root, path), "utf8");
  if (!text.includes("nvidia.com/gpu")) return null;
  try {
    const spec = parse(text) as Spec;
    if (spec.kind !== "nvidia.com/gpu") return null;
    const ofAll = await missing(spec.containerEdits, root);
    const devices = (spec.devices ?? []).map(
      async ({ name = "", containerEdits }) =>
        [String(name), [...ofAll, ...(await missing(containerEdits, root))]] as const,
    );
    return { path, devices: Object.fromEntries(await Promise.all(devices)) };
  } catch {
    return { path, devices: {} };
  }
}

async function missing(edits: Edits | undefined, root: string): Promise<string[]> {
  const paths = [
    ...(edits?.deviceNodes ?? []).map(({ path, hostPath }) => hostPath ?? path),
    ...(edits?.mounts ?? []).map(({ hostPath }) => hostPath),
    ...(edits?.hooks ?? []).map(({ path }) => path),
  ];
  const there = await Promise.all(paths.map((path) => softly(access(join(root, path ?? "")))));
  return paths.filter((path, index) => path !== undefined && there[index] === null) as string[];
}
