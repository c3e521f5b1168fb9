import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { must } from "./shell.ts";

/** A version of Docker's engine with one of its stores of images. */
export interface EngineKind {
  /** As TEST_ENGINE and the last lines of the tests have it. */
  readonly name: string;
  /** Folders in front of the daemon's PATH. */
  readonly path: readonly string[];
  /** Further options of the daemon. */
  readonly options: readonly string[];
}

/** The machine's own. */
export const systemEngine: EngineKind = { name: "system", path: [], options: [] };

/** Docker 29 keeps images in either store. */
const stores = { overlay2: "false", containerd: "true" } as const;

/** Names of all kinds. */
export const engineNames: readonly string[] = [systemEngine, ...docker29("")].map(({ name }) => name);

function docker29(bin: string): EngineKind[] {
  return Object.entries(stores).map(([store, snapshotter]) => ({
    name: `docker29-${store}`,
    path: [bin],
    options: ["--feature", `containerd-snapshotter=${snapshotter}`],
  }));
}

const packed = join(projectFolder, "..", "shared", "engines", "docker-29", "bin.tar.zst");

/** The kind that TEST_ENGINE asks for, whose programs are in TEST_ENGINE_BIN. */
export function engineKind(): EngineKind {
  const { TEST_ENGINE: name = systemEngine.name, TEST_ENGINE_BIN: bin = "" } = process.env;
  return kindOf(name, bin);
}

/** Docker 29 with the store that the engine does not have which the tests run on. */
export function otherStore(): EngineKind {
  const { name } = engineKind();
  const other = name === "docker29-containerd" ? "docker29-overlay2" : "docker29-containerd";
  return kindOf(other, process.env["TEST_ENGINE_BIN"] ?? "");
}

function kindOf(name: string, bin: string): EngineKind {
  const kind = [systemEngine, ...docker29(bin)].find((each) => each.name === name);
  if (kind === undefined) throw new Error(`There is no kind of engine ${name}; there are ${engineNames.join(", ")}`);
  return kind;
}

/** Why there are no other engines than the machine's own, undefined when there are. */
export function missingForDocker29(): string | undefined {
  return existsSync(packed) ? undefined : `there is no Docker 29 at ${packed}`;
}

/** The programs of a kind of engine, unpacked for as long as they are held where they are not the machine's own. */
export class EnginePrograms implements AsyncDisposable {
  readonly kind: EngineKind;
  /** Their folder; empty for the machine's own. */
  readonly bin: string;
  readonly #folder: string | undefined;

  private constructor(name: string, folder: string | undefined) {
    this.#folder = folder;
    this.bin = folder === undefined ? "" : join(folder, "bin");
    this.kind = kindOf(name, this.bin);
  }

  static async unpack(name: string): Promise<EnginePrograms> {
    if (name === systemEngine.name) return new EnginePrograms(name, undefined);
    const folder = await mkdtemp(join(tmpdir(), "gemma-docker29-"));
    await must("bash", ["-o", "pipefail", "-c", `zstd -dc '${packed}' | tar -x -C '${folder}'`]);
    return new EnginePrograms(name, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
