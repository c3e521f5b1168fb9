import { constants } from "node:fs";
import { access, readdir, readFile, readlink } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { MiB } from "../../support/units.ts";
import { ask, softly } from "./ask.ts";

/** A GPU, or a part of one (MIG), by the names that `docker run --gpus` takes. */
export interface Gpu {
  /** `0`; for a part `0:1`. */
  readonly index: string;
  readonly name: string;
  readonly uuid: string;
}

/** What there is of NVIDIA's driver and container toolkit; null is not there, or unknown. */
export interface NvidiaFacts {
  /** Version of the kernel module that is loaded. */
  readonly driver: string | null;
  /** What `nvidia-smi -L` lists, parts included. */
  readonly gpus: readonly Gpu[] | null;
  /** Memory of each GPU by its UUID, bytes; of parts it is not told. */
  readonly memory: Readonly<Record<string, number>>;
  /** Why it listed nothing. */
  readonly listFailure: string | null;
  /** Path of the program through which Docker gives containers GPUs without CDI. */
  readonly runtimeHook: string | null;
  /** Path of the program that CDI specifications call, and for which Docker looks before it uses them. */
  readonly cdiHook: string | null;
  /** Path of the program that an entry of daemon.json starts containers with. */
  readonly runtime: string | null;
  /** Path of the toolkit's own command. */
  readonly ctk: string | null;
  /** NVIDIA's devices in /dev. */
  readonly devices: readonly string[];
  /** Those of them that no link in /dev/char points to. */
  readonly unlinked: readonly string[];
}

/** systemd starts Docker with a PATH of its own, which is where Docker looks for the hooks. */
const systemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * Looks for NVIDIA's driver, GPUs and toolkit.
 * @param root - folder that stands in for `/` when files are looked at
 */
export async function gatherNvidia(root = "/"): Promise<NvidiaFacts> {
  const [version, list, memory, runtimeHook, cdiHook, runtime, ctk, devices, linked] = await Promise.all([
    softly(readFile(join(root, "proc/driver/nvidia/version"), "utf8")),
    ask("nvidia-smi", "-L"),
    ask("nvidia-smi", "--query-gpu=uuid,memory.total", "--format=csv,noheader,nounits"),
    softly(findProgram("nvidia-container-runtime-hook")),
    softly(findProgram("nvidia-cdi-hook")),
    softly(findProgram("nvidia-container-runtime")),
    softly(findProgram("nvidia-ctk")),
    namesIn(join(root, "dev")),
    linksIn(join(root, "dev/char")),
  ]);
  const nodes = devices.filter((name) => /^nvidia(\d+|ctl|-uvm|-uvm-tools|-modeset)$/.test(name));
  return {
    driver: version === null ? null : driverVersionIn(version),
    gpus: list.failure === null ? gpusIn(list.text) : null,
    memory: gpuMemoryIn(memory.text),
    listFailure: list.failure,
    runtimeHook,
    cdiHook,
    runtime,
    ctk,
    devices: nodes,
    unlinked: nodes.filter((name) => !linked.includes(name)),
  };
}

/** The version in the text of /proc/driver/nvidia/version. */
export function driverVersionIn(text: string): string {
  return /\s(\d{3,}\.\d+(\.\d+)*)\s/.exec(text)?.[1] ?? "unknown";
}

/** The GPUs, and parts of them, in the list of `nvidia-smi -L`. */
export function gpusIn(list: string): Gpu[] {
  const gpus: Gpu[] = [];
  let whole = "";
  for (const line of list.split("\n")) {
    const gpu = /^GPU (?<index>\d+): (?<name>.+) \(UUID: (?<uuid>.+)\)$/.exec(line.trim())?.groups;
    const part = /^(?<name>MIG \S+)\s+Device\s+(?<index>\d+): \(UUID: (?<uuid>.+)\)$/.exec(line.trim())?.groups;
    if (gpu) whole = gpu["index"] ?? "";
    const { index = "", name = "", uuid = "" } = gpu ?? part ?? {};
    if (gpu ?? part) gpus.push({ index: gpu ? index : `${whole}:${index}`, name, uuid });
  }
  return gpus;
}

/** Bytes by UUID in lines of `nvidia-smi --query-gpu=uuid,memory.total`, which have MiB. */
export function gpuMemoryIn(lines: string): Record<string, number> {
  const known = [...lines.matchAll(/^\s*(GPU-\S+), (\d+)\s*$/gm)];
  return Object.fromEntries(known.map(([, uuid = "", size]) => [uuid, Number(size) * MiB]));
}

async function findProgram(name: string): Promise<string | null> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const path of [...folders, ...systemFolders].map((folder) => join(folder, name))) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return null;
}

async function linksIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const targets = await Promise.all(names.map((name) => softly(readlink(join(folder, name)))));
  return targets.map((target) => basename(target ?? ""));
}

async function namesIn(folder: string): Promise<string[]> {
  return (await softly(readdir(folder))) ?? [];
}
