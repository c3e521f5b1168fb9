import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { GpuReservation } from "../config/gpu-reservation.ts";
import type { FreeGpu, Room } from "../config/second-server.ts";
import { memoryIn } from "../support/meminfo.ts";
import { MiB } from "../support/units.ts";

const execute = promisify(execFile);

/** Looks how much memory of this host nobody uses, and of its GPUs where some are reserved. */
export async function gatherRoom(gpus: GpuReservation): Promise<Room> {
  const [meminfo, free] = await Promise.all([
    readFile("/proc/meminfo", "utf8").catch(() => ""),
    gpus.kind === "none" ? undefined : freeGpus(),
  ]);
  return { memory: memoryIn(meminfo, "MemAvailable") ?? undefined, gpus: free };
}

/** The GPUs of this host with what is free on each; undefined when nvidia-smi does not tell within 10 seconds. */
async function freeGpus(): Promise<readonly FreeGpu[] | undefined> {
  const args = ["--query-gpu=index,uuid,memory.free", "--format=csv,noheader,nounits"];
  const answer = await execute("nvidia-smi", args, { timeout: 10_000 }).catch(() => undefined);
  return answer && freeGpusIn(answer.stdout);
}

/** Reads what nvidia-smi prints: a line for each GPU, with MiB, or `[N/A]` where it does not know. */
export function freeGpusIn(text: string): readonly FreeGpu[] {
  return text.split("\n").flatMap((line) => {
    const [, index = "", uuid = "", size = ""] = /^\s*(\d+), (\S+), (.+?)\s*$/.exec(line) ?? [];
    return index === "" ? [] : { index, uuid, free: /^\d+$/.test(size) ? Number(size) * MiB : undefined };
  });
}
