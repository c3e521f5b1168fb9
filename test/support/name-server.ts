import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";

/** A name server in a network namespace, which knows no name and writes down all that are asked. */
export class NameServer {
  /** Put in front of a command to run it in the namespace, with this server in its /etc/resolv.conf. */
  readonly prefix: readonly string[];
  readonly #process: ChildProcess;
  readonly #log: string;

  private constructor(process: ChildProcess, prefix: readonly string[], log: string) {
    this.#process = process;
    this.prefix = prefix;
    this.#log = log;
  }

  /** @param folder - where it keeps its files */
  static async start(namespace: string, folder: string): Promise<NameServer> {
    const [enter, log, resolver] = [
      `--net=/run/netns/${namespace}`,
      join(folder, "names"),
      join(folder, "resolv.conf"),
    ];
    await writeFile(log, "");
    await writeFile(resolver, "nameserver 127.0.0.53\n");
    const program = join(projectFolder, "test/support/name-server-process.ts");
    const child = spawn("nsenter", [enter, process.execPath, program, log], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const mount = `mount --bind '${resolver}' /etc/resolv.conf && exec "$0" "$@"`;
    return new NameServer(child, ["nsenter", enter, "unshare", "--mount", "sh", "-c", mount], log);
  }

  /** The names that were asked, each once. */
  async names(): Promise<readonly string[]> {
    const lines = (await readFile(this.#log, "utf8")).split("\n");
    return [...new Set(lines.filter((line) => line !== ""))];
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await once(this.#process, "exit");
  }
}
