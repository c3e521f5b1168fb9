import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What the kernel keeps accounts of for a container. */
export interface Accounts {
  /** Memory that it could not do without, bytes. */
  readonly memory: number;
  /** Limit of its memory, bytes; 0 without one. */
  readonly limit: number;
  /** Processes that were ended for want of memory since it started. */
  readonly oomKills: number;
  /** Seconds of CPU. */
  readonly cpu: number;
}

/** Levels below the root on which containers are: a folder, or slice, of the engine's. */
const depth = 3;

/** Above this, a limit of the first version says that there is none. */
const noLimit = 2 ** 60;

/** The control groups of a host, of either version. */
export class ControlGroups {
  readonly #root: string;
  readonly #folders = new Map<string, string>();

  /** `root` is where they are mounted. */
  constructor(root = "/host/cgroup") {
    this.#root = root;
  }

  /** Accounts of a container; undefined when it does not run. */
  async accounts(id: string): Promise<Accounts | undefined> {
    try {
      return await ((await this.#isSecond()) ? this.#second(id) : this.#first(id));
    } catch {
      this.#folders.clear();
      return undefined;
    }
  }

  async #isSecond(): Promise<boolean> {
    return readFile(join(this.#root, "cgroup.controllers")).then(
      () => true,
      () => false,
    );
  }

  async #second(id: string): Promise<Accounts> {
    const read = await this.#reader(this.#root, id);
    const limit = (await read("memory.max")).trim();
    return {
      memory: Number(await read("memory.current")) - field(await read("memory.stat"), "inactive_file"),
      limit: limit === "max" ? 0 : Number(limit),
      oomKills: field(await read("memory.events"), "oom_kill"),
      cpu: field(await read("cpu.stat"), "usage_usec") / 1e6,
    };
  }

  async #first(id: string): Promise<Accounts> {
    const memory = await this.#reader(join(this.#root, "memory"), id);
    const cpu = await this.#reader(join(this.#root, "cpuacct"), id);
    const limit = Number(await memory("memory.limit_in_bytes"));
    return {
      memory: Number(await memory("memory.usage_in_bytes")) - field(await memory("memory.stat"), "total_inactive_file"),
      limit: limit > noLimit ? 0 : limit,
      oomKills: field(await memory("memory.oom_control"), "oom_kill"),
      cpu: Number(await cpu("cpuacct.usage")) / 1e9,
    };
  }

  async #reader(root: string, id: string): Promise<(file: string) => Promise<string>> {
    const key = `${root} ${id}`;
    const folder = this.#folders.get(key) ?? (await find(root, id, depth));
    if (folder === undefined) throw new Error(`no control group of ${id}`);
    this.#folders.set(key, folder);
    return (file) => readFile(join(folder, file), "utf8");
  }
}

/** The folder of a container: `ID`, or `docker-ID.scope` with systemd. */
async function find(folder: string, id: string, levels: number): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = folders.find((name) => name.includes(id));
  if (found !== undefined) return join(folder, found);
  if (levels <= 1) return undefined;
  for (const name of folders) {
    const below = await find(join(folder, name), id, levels - 1);
    if (below !== undefined) return below;
  }
  return undefined;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}
