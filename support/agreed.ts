import { createInterface } from "node:readline/promises";
import { say } from "./progress.ts";

/** Whether the person at the terminal answers a question with yes; false where there is no terminal. */
export async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  say("");
  using lines = createInterface({ input: process.stdin, output: process.stderr });
  return /^y(es)?$/i.test(await lines.question(`${question} [y/N] `));
}
