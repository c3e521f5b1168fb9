import { appendFileSync } from "node:fs";

/** Variable with the file in which a run on a closed host is written down; scripts set it. */
const variable = "GEMMA_LOG";

let file: string | undefined;

/** Escape sequences of terminals. */
// eslint-disable-next-line no-control-regex -- That is what they begin with.
const escapes = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * Writes what this process shows into the log of the run as well, where there is one.
 *
 * At once, so that it is there when the process is killed; a full disk is no reason to fail.
 */
export function keepLog(): void {
  file = process.env[variable];
  // Steps of Pulumi would write their lines a second time.
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- Setting it to undefined would make it a text.
  delete process.env[variable];
  if (file === undefined || file === "") return;
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = (...args: unknown[]) => {
      append(String(args[0]));
      return write(...args);
    };
  }
}

/** Environment of a child that goes on with the run, and its log. */
export function logEnvironment(): NodeJS.ProcessEnv {
  return file === undefined ? {} : { [variable]: file };
}

function append(text: string): void {
  // A bar is drawn over itself.
  if (file === undefined || text.startsWith("\r")) return;
  try {
    appendFileSync(file, text.replaceAll(escapes, ""), { mode: 0o600 });
  } catch {
    // The disk may be full, and the log is the least of it.
  }
}
