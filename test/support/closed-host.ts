import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { engineKind } from "./engine-kinds.ts";
import { startEngine, type Engine } from "./engine.ts";
import { stopAt, type Stopped } from "./kill.ts";
import { killAfter, must, run, type Result } from "./shell.ts";

/** A host in a closed network: an engine without images, an empty HOME, the system's own programs and no way out. */
export class ClosedHost implements AsyncDisposable {
  readonly engine: Engine;
  /** Data folder of what is deployed. */
  readonly data: string;
  readonly #folder: string;

  private constructor(engine: Engine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
    this.data = join(folder, "data");
  }

  /** Starts one with an engine of the kind that the tests run on, or of another one. */
  static async start(kind = engineKind()): Promise<ClosedHost> {
    const folder = await mkdtemp(join(tmpdir(), "gemma-host-"));
    for (const name of ["bin", "home"]) await mkdir(join(folder, name));
    // The Docker CLI alone, as there may be a Pulumi beside it.
    await symlink(await must("sh", ["-c", "command -v docker"]), join(folder, "bin/docker"));
    return new ClosedHost(await startEngine(kind), folder);
  }

  get environment(): NodeJS.ProcessEnv {
    const path = [join(this.#folder, "bin"), "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(delimiter);
    return { HOME: join(this.#folder, "home"), PATH: path, ...this.engine.env };
  }

  /** Runs a command on the host. */
  run(command: string, ...args: string[]): Promise<Result> {
    const [first = "", ...rest] = [...this.engine.prefix, command, ...args];
    return run(first, rest, { env: this.environment, cwd: "/" });
  }

  /** Runs a command that has to succeed. */
  must(command: string, ...args: string[]): Promise<string> {
    const [first = "", ...rest] = [...this.engine.prefix, command, ...args];
    return must(first, rest, { env: this.environment, cwd: "/" });
  }

  /** Runs one of a package's scripts. */
  script(folder: string, name: string, ...args: string[]): Promise<Result> {
    return this.run("bash", join(folder, name), "--data", this.data, ...args);
  }

  /** Starts a command and kills it with everything it has started, unless it ends before. */
  async killed(milliseconds: number, command: string, ...args: string[]): Promise<void> {
    const [first = "", ...rest] = [...this.engine.prefix, command, ...args];
    await killAfter(milliseconds, first, rest, { env: this.environment, cwd: "/" });
  }

  /** Starts a command, and does something to it as soon as it prints a text, or after some milliseconds. */
  stopAt(moment: RegExp | number, stop: (pid: number) => Promise<void> | void, ...args: string[]): Promise<Stopped> {
    const [first = "", ...rest] = [...this.engine.prefix, ...args];
    return stopAt(moment, stop, first, rest, { env: this.environment, cwd: "/" });
  }

  /** Packets of the host and of its containers that were to leave it and had nowhere to go. */
  async outbound(): Promise<number> {
    return (await this.#counted("snmp", "Ip", "OutNoRoutes")) + (await this.#counted("netstat", "IpExt", "InNoRoutes"));
  }

  async #counted(table: string, protocol: string, counter: string): Promise<number> {
    const text = await this.must("grep", `^${protocol}:`, `/proc/self/net/${table}`);
    const [names = [], values = []] = text.split("\n").map((line) => line.split(" "));
    return Number(values[names.indexOf(counter)]);
  }

  /** Names that something on the host, or in its containers, looked up: other machines have them. */
  names(): Promise<readonly string[]> {
    return this.engine.names();
  }

  /** The deployed containers, running or not; those alone whose names begin with some text. */
  async containers(name = ""): Promise<string[]> {
    const filter = name === "" ? [] : ["--filter", `name=^${name}`];
    const ids = await this.must("docker", "ps", "--all", "--quiet", "--no-trunc", ...filter);
    return ids.split("\n").filter((id) => id !== "");
  }

  /** Names of the engine's images, but for those by which owners keep them. */
  async images(): Promise<string[]> {
    const names = await this.must("docker", "images", "--format", "{{.Repository}}:{{.Tag}}");
    return names.split("\n").filter((name) => name !== "" && !name.startsWith("localhost/gemma/used-by:"));
  }

  /** What the model answers at a URL of the host. */
  async ask(url: string, model: string, token?: string): Promise<string> {
    const options = { temperature: 0, num_predict: 16 };
    const body = JSON.stringify({ model, prompt: "The capital of France is", stream: false, options });
    const header = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
    return (await this.run("curl", "-sS", "--max-time", "120", ...header, `${url}/api/generate`, "-d", body)).output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
