import { docker } from "./shell.ts";

/** The process that holds a model, in a container of Ollama 0.30 or newer. */
export interface Runner {
  /** Its variables, as `NAME=value`. */
  readonly environment: readonly string[];
  /** Memory that no file stands behind, bytes. */
  readonly anonymous: number;
}

const inShell = (container: string, script: string) =>
  ["exec", container, "sh", "-ec", script.replaceAll(/\b(pidof|cat)\b/g, "busybox $1")] as const;

/** Reads what the kernel tells of the runner. */
export async function runner(container: string): Promise<Runner> {
  const of = (file: string) => docker(...inShell(container, `cat /proc/$(pidof llama-server)/${file}`));
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(await of("status")) ?? [];
  return { environment: (await of("environ")).split("\0"), anonymous: Number(kibibytes) * 1024 };
}

/** Kills the runner, as the kernel does when memory runs out. */
export async function killRunner(container: string): Promise<void> {
  await docker(...inShell(container, "kill -9 $(pidof llama-server)"));
}

/** Kills every runner that the server starts, until it is disposed of. */
export function keepKillingRunners(container: string): AsyncDisposable {
  const file = "/tmp/spare-runners";
  const loop = `while [ ! -e ${file} ]; do kill -9 $(pidof llama-server) 2>/dev/null || :; done`;
  const killing = docker(...inShell(container, loop));
  return {
    async [Symbol.asyncDispose]() {
      // Ending the CLI would leave the loop behind in the container.
      await docker(...inShell(container, `: > ${file}`));
      await killing;
    },
  };
}
