import { spawn } from "node:child_process";
import { reasonOf } from "../../support/failure.ts";
import { MiB } from "../../support/units.ts";

/** How much of what a program prints is kept, its end. */
const most = 16 * MiB;

/** How a program ended, and the end of what it printed. */
export interface Said {
  readonly text: string;
  /** Null when it could not be run, or was ended by a signal. */
  readonly status: number | null;
}

/** Runs a program and keeps the end of all that it prints, of both streams; never rejects. */
export async function asked(
  command: readonly string[],
  options: { readonly seconds?: number; readonly cwd?: string; readonly streams?: "both" | "output" } = {},
): Promise<Said> {
  const { seconds = 60, cwd, streams = "both" } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    while (size - (chunks[0]?.length ?? 0) > most) size -= chunks.shift()?.length ?? 0;
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", streams === "both" ? keep : () => undefined);
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const ended = await new Promise<{ status: number | null; why?: string }>((resolve) => {
    child.on("error", (error) => {
      resolve({ status: null, why: reasonOf(error) });
    });
    child.on("close", (status) => {
      resolve(status === null ? { status, why: `it did not end within ${seconds} s` } : { status });
    });
  });
  clearTimeout(timer);
  const text = Buffer.concat(chunks).toString();
  return { text: ended.why === undefined ? text : `${text}(${program}: ${ended.why})\n`, status: ended.status };
}
