import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";
import { installedPulumi, pulumiEnvironment } from "../../runner/pulumi-cli.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { stopAt, type Stopped } from "./kill.ts";
import { killAfter, must, run, type Result, type RunOptions } from "./shell.ts";

/** Keys of a stack's file without the project's name in front. */
export type StackConfig = Readonly<Record<string, unknown>>;

/** Outputs of a stack that the tests look at. */
export interface StackOutputs {
  readonly baseUrl: string;
  readonly containerName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly imageIdentity: string;
  readonly replacement: string;
}

/** A copy of the project with state, staged models and stack files of its own, so that tests leave the checkout alone. */
export class Project {
  readonly folder: string;
  /** Added to the environment of every command. */
  readonly environment: NodeJS.ProcessEnv;
  /** Put in front of every command, for example to run it in another network namespace. */
  readonly prefix: readonly string[];

  private constructor(folder: string, environment: NodeJS.ProcessEnv, prefix: readonly string[]) {
    this.folder = folder;
    this.environment = environment;
    this.prefix = prefix;
  }

  static async create(environment: NodeJS.ProcessEnv = {}, prefix: readonly string[] = []): Promise<Project> {
    const folder = await mkdtemp(join(tmpdir(), "gemma-test-"));
    await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
    const project = new Project(folder, environment, prefix);
    await project.checkOut();
    return project;
  }

  /** Exchanges the program, by default for the one under test; state, staged models and the stacks' files stay. */
  async checkOut(commit?: string): Promise<void> {
    const kept = /^(state|staged|node_modules|Pulumi\..+\.yaml)$/;
    const old = (await readdir(this.folder)).filter((name) => !kept.test(name));
    await Promise.all(old.map((name) => rm(join(this.folder, name), { recursive: true })));
    if (commit !== undefined) {
      const unpack = `git archive ${commit} | tar --extract --exclude=./test --exclude='Pulumi.*.yaml' --directory=${this.folder}`;
      await must("bash", ["-o", "pipefail", "-c", unpack], { cwd: projectFolder });
      return;
    }
    const files = await must("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: projectFolder });
    for (const file of files.split("\n").filter((name) => !/^test\/|^Pulumi\..+\.yaml$/.test(name))) {
      await mkdir(dirname(join(this.folder, file)), { recursive: true });
      await cp(join(projectFolder, file), join(this.folder, file)).catch(() => undefined);
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Writes the configuration of a stack. */
  async writeStack(stack: string, config: StackConfig): Promise<void> {
    const entries = Object.entries(config).map(([key, value]) => [`gemma:${key}`, value] as const);
    await writeFile(join(this.folder, `Pulumi.${stack}.yaml`), stringify({ config: Object.fromEntries(entries) }));
  }

  /** Runs a command in the project's folder on the project's own Node. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const [first = command, ...rest] = [...this.prefix, command, ...args];
    return run(first, rest, { ...options, cwd: this.folder, env: this.#environment(options.env) });
  }

  /** As {@link run}, killed with everything it has started unless it ends before. */
  killed(milliseconds: number, command: string, args: readonly string[]): Promise<void> {
    const [first = command, ...rest] = [...this.prefix, command, ...args];
    return killAfter(milliseconds, first, rest, { cwd: this.folder, env: this.#environment() });
  }

  /** Starts a command, and does something to it as soon as it prints a text. */
  stopAt(text: RegExp, stop: (pid: number) => Promise<void> | void, command: string, args: string[]): Promise<Stopped> {
    const [first = command, ...rest] = [...this.prefix, command, ...args];
    return stopAt(text, stop, first, rest, { cwd: this.folder, env: this.#environment() });
  }

  #environment(own: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { PATH = "", ...inherited } = pulumiEnvironment();
    const path = [dirname(process.execPath), PATH].join(delimiter);
    return {
      ...inherited,
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
      PULUMI_BACKEND_URL: undefined,
      ...this.environment,
      PATH: [this.environment["PATH"], path].filter(Boolean).join(delimiter),
      ...own,
    };
  }

  /** Runs one of the project's commands with what a component would send it. */
  command(script: string, input: object, options: RunOptions = {}): Promise<Result> {
    return this.run("node", [join("commands", script)], { ...options, input: JSON.stringify(input) });
  }

  /** Runs the Pulumi CLI. */
  pulumi(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.run(installedPulumi() ?? "pulumi", [...args, "--non-interactive", "--color", "never"], options);
  }

  /** Creates a stack without touching its file, as `npm run up:…` does. */
  async createStack(stack: string): Promise<void> {
    const { status, output } = await this.pulumi(["stack", "select", "--create", stack]);
    if (status !== 0) throw new Error(output);
  }

  up(stack: string, options?: RunOptions): Promise<Result> {
    return this.pulumi(["up", "--yes", "--skip-preview", "--stack", stack], options);
  }

  preview(stack: string, ...args: string[]): Promise<Result> {
    return this.pulumi(["preview", "--stack", stack, ...args]);
  }

  refresh(stack: string): Promise<Result> {
    return this.pulumi(["refresh", "--yes", "--skip-preview", "--stack", stack]);
  }

  destroy(stack: string): Promise<Result> {
    return this.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
  }

  /** The stack's outputs. */
  async outputs(stack: string): Promise<StackOutputs> {
    const { stdout } = await this.pulumi(["stack", "output", "--json", "--stack", stack]);
    return JSON.parse(stdout) as StackOutputs;
  }
}

/** Writes an executable script. */
export async function writeScript(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
}
