import { resolve } from "node:path";

/** Makes the path of a command's option absolute, from where whoever started it stands: npm and `operate.sh` start it elsewhere. */
export function fromCaller(path: string): string {
  const { GEMMA_CALLED_FROM, INIT_CWD } = process.env;
  return resolve(GEMMA_CALLED_FROM ?? INIT_CWD ?? ".", path);
}
