import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../support/shell.ts";

/** What a running container of this host's engine uses, as the kernel counts it. */
export interface ContainerUsage {
  /** Seconds of CPU time so far. */
  cpuSeconds(): number;
  /** Memory of its processes now that the kernel cannot take back, MiB. */
  ownMemory(): number;
}

const root = "/sys/fs/cgroup";

/** Looks at a running container. */
export async function usageOf(container: string): Promise<ContainerUsage> {
  const pid = await docker("inspect", "--format", "{{.State.Pid}}", container);
  const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [, controllers = "", path = ""] = line.split(":");
      return { controllers, path };
    });
  const unified = groups.find(({ controllers }) => controllers === "");
  const folderOf = (controller: string) => {
    const own = groups.find(({ controllers }) => controllers.split(",").includes(controller));
    return own === undefined ? join(root, unified?.path ?? "") : join(root, own.controllers, own.path);
  };
  const read = (controller: string, file: string) => readFileSync(join(folderOf(controller), file), "utf8");
  return {
    cpuSeconds: () =>
      existsSync(join(folderOf("cpuacct"), "cpuacct.usage"))
        ? Number(read("cpuacct", "cpuacct.usage")) / 1e9
        : Number(/usage_usec (\d+)/.exec(read("cpuacct", "cpu.stat"))?.[1]) / 1e6,
    ownMemory: () =>
      read("memory", "cgroup.procs")
        .trim()
        .split("\n")
        .reduce((sum, process) => sum + anonymous(process), 0),
  };
}

function anonymous(pid: string): number {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? Number(/RssAnon:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1] ?? 0) / 1024 : 0;
}
