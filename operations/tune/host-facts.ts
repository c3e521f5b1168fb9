import { availableParallelism } from "node:os";
import { readFile } from "node:fs/promises";
import { currentEndpoint } from "../../engine/endpoint.ts";
import { ask, type EngineInfo } from "../../engine/facts.ts";
import { gatherNvidia } from "../../offline/preflight/nvidia-facts.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";

/** What of a host decides how a server is tuned. */
export interface TuneFacts {
  /** Physical cores that containers can have; threads of one core share what generating needs. */
  readonly cores: number;
  readonly sockets: number;
  /** Bytes of memory. */
  readonly memory: number;
  /** Memory of each whole GPU that containers can be given, bytes; none where there is no driver. */
  readonly gpus: readonly number[];
}

/**
 * Looks at the host of the engine.
 * @throws Failure when the engine does not tell
 */
export async function gatherTuneFacts(): Promise<TuneFacts> {
  const [info, cpuinfo, nvidia] = await Promise.all([
    ask<EngineInfo>(await currentEndpoint(), "/info"),
    readFile("/proc/cpuinfo", "utf8").catch(() => ""),
    gatherNvidia(),
  ]);
  if (info.MemTotal === undefined)
    throw new Failure("Docker does not tell the memory of its host: see `docker info`", exitStatus.refused);
  const { cores, sockets } = coresIn(cpuinfo) ?? { cores: availableParallelism(), sockets: 1 };
  return {
    cores: Math.min(cores, info.NCPU ?? cores),
    sockets,
    memory: info.MemTotal,
    gpus: Object.values(nvidia.memory),
  };
}

/** Physical cores and sockets in the text of /proc/cpuinfo; undefined where it tells of none, as in some virtual machines. */
export function coresIn(cpuinfo: string): { readonly cores: number; readonly sockets: number } | undefined {
  const cores = new Set<string>();
  const sockets = new Set<string>();
  for (const cpu of cpuinfo.split(/\n\s*\n/)) {
    const [, socket] = /^physical id\s*: (\d+)$/m.exec(cpu) ?? [];
    const [, core] = /^core id\s*: (\d+)$/m.exec(cpu) ?? [];
    if (socket === undefined || core === undefined) continue;
    sockets.add(socket);
    cores.add(`${socket} ${core}`);
  }
  return cores.size === 0 ? undefined : { cores: cores.size, sockets: sockets.size };
}
