import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A process of a container, as the host sees it. */
export interface ContainerProcess {
  readonly pid: number;
  /** Whether it is the container's first, whose end is the container's. */
  readonly main: boolean;
  /** Seconds of CPU that it has used. */
  readonly seconds: number;
  readonly command: string;
}

/** Clock ticks of the kernel's accounts, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Processes of a container, found by its ID in the names of their control groups: these have it with both drivers of Docker,
 * and with both versions of control groups.
 * @param id - 64 hexadecimal digits
 * @param proc - where the host's processes are shown
 */
export async function processesOf(id: string, proc = "/proc"): Promise<ContainerProcess[]> {
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => processOf(join(proc, pid), Number(pid), id)));
  return found.filter((process) => process !== undefined);
}

async function processOf(folder: string, pid: number, id: string): Promise<ContainerProcess | undefined> {
  try {
    const text = (name: string) => readFile(join(folder, name), "utf8");
    if (!(await text("cgroup")).includes(id)) return undefined;
    const [status, stat, command] = await Promise.all([text("status"), text("stat"), text("cmdline")]);
    const inner = /^NSpid:.*\s(\d+)$/m.exec(status)?.[1];
    // The name of the program before it may have any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { pid, main: inner === "1", seconds, command: command.replaceAll("\0", " ").trim() };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
