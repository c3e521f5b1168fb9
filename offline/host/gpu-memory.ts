import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MiB } from "../../support/units.ts";

const execute = promisify(execFile);

/** Free memory of the GPU that has least of it, bytes; 0 when nvidia-smi does not tell. */
export async function freeGpuBytes(): Promise<number> {
  const args = ["--query-gpu=memory.free", "--format=csv,noheader,nounits"];
  const { stdout } = await execute("nvidia-smi", args, { timeout: 10_000 }).catch(() => ({ stdout: "" }));
  return leastFree(stdout);
}

/** Reads what nvidia-smi prints: a line with MiB for each GPU. */
export function leastFree(text: string): number {
  const free = text.split("\n").flatMap((line) => (/^\s*\d+\s*$/.test(line) ? [Number(line) * MiB] : []));
  return free.length === 0 ? 0 : Math.min(...free);
}
