import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { labelFilters, stackLabels } from "../../../engine/stack-labels.ts";
import { clearTrial, tryStack } from "../../../offline/trial.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { fakePulumi } from "../support/fake-pulumi.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const [init, select] = ["stack init trial", "stack select --stack trial"];
const shown = "--color never --suppress-outputs --exec-kind auto.local";
const up = `up --yes --skip-preview ${shown} --event-log FILE --stack trial`;
const destroy = `destroy --yes --skip-preview ${shown} --stack trial`;

/** A program to try, an engine, and a CLI that writes down how it is called and what it finds during `up`. */
function trial(scripts: Readonly<Record<string, string>> = {}, stacks: readonly string[] = []) {
  const home = tempFolder();
  const [program, folder] = [join(home, "program"), join(home, "trial")];
  mkdirSync(program);
  for (const name of ["Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml", "index.ts", ".env", ".gitignore"])
    writeFileSync(join(program, name), name);
  for (const name of ["commands", "state", "staged", ".git", "node_modules"]) mkdirSync(join(program, name));
  const look = [
    `(ls -A; find . -type l -exec readlink {} + | sort) >'${home}/listing'`,
    `cp Pulumi.trial.yaml '${home}/stack'`,
    `stat -c %a passphrase >'${home}/mode'`,
    `printf '%s\\n' "$PWD" "$PULUMI_BACKEND_URL" "$PULUMI_CONFIG_PASSPHRASE_FILE" "\${PULUMI_CONFIG_PASSPHRASE-unset}" "$OTHER" >'${home}/environment'`,
  ];
  const { file, calls } = fakePulumi({ stacks, scripts: { up: look.join("\n"), ...scripts } });
  const docker = fakeDocker();
  const environment = { PULUMI_CONFIG_PASSPHRASE: "of the host", PULUMI_BACKEND_URL: "file:///other", OTHER: "kept" };
  const read = (name: string) => readFileSync(join(home, name), "utf8").trimEnd().split("\n");
  const args = { program, folder, pulumi: file, environment, keys: {} as Record<string, unknown> };
  return { args, home, read, calls, docker };
}

/** Writes what a trial that was killed has left of its state; one from before there were marks puts none. */
function writeState(folder: string, mark = ".gemma-own"): void {
  const stacks = join(folder, "state/.pulumi/stacks/gemma");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "trial.json"), '{"checkpoint":{}}');
  writeFileSync(join(folder, mark), "");
}

describe("a trial", () => {
  const said: string[] = [];

  beforeEach(() => {
    said.length = 0;
    vi.spyOn(process.stderr, "write").mockImplementation((line) => {
      said.push(String(line));
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("brings the stack up and down, and leaves nothing", async () => {
    const { args, calls } = trial();
    await tryStack(args);
    expect(calls()).toEqual([init, up, select, destroy]);
    expect(existsSync(args.folder)).toBe(false);
    expect(said).toEqual(["The trial is over; taking it down\n"]);
  });

  it("looks for leftovers of its own alone", async () => {
    const { args, docker } = trial();
    await tryStack(args);
    const backend = `file://${args.folder}/state`;
    const labels = stackLabels({ project: "gemma", stack: "trial", backend, folder: args.folder });
    const filters = labelFilters(labels).join(" ");
    const looks = [`container ls --all --quiet --no-trunc ${filters}`, `network ls --quiet --no-trunc ${filters}`];
    expect(docker()).toEqual([...looks, ...looks, ...looks]);
  });

  it("that is interrupted is taken down all the same", async () => {
    const { args, calls } = trial({ up: 'kill -INT "$PPID"; sleep 0.2; exit 255' });
    expect(await failureOf(tryStack(args))).toBe("Interrupted; the next run carries on from here");
    expect(calls()).toEqual([init, up, select, destroy]);
    expect(said).toEqual([
      "Interrupted; Pulumi ends what it is at and writes it down\n",
      "The trial is over; taking it down\n",
    ]);
  });

  it("has the stack's keys, but a network without a way out and of another subnet, and any free port of loopback", async () => {
    const { args, read } = trial();
    const keys = {
      "gemma:address": "0.0.0.0",
      "gemma:port": 8080,
      "gemma:network": { internal: false, subnet: "10.200.0.0/24" },
      "gemma:ollama": { env: { A: "b" } },
    };
    await tryStack({ ...args, keys });
    expect(parse(read("stack").join("\n"))).toEqual({
      config: {
        "gemma:address": "127.0.0.1",
        "gemma:port": 0,
        "gemma:network": { internal: true },
        "gemma:ollama": { env: { A: "b" } },
      },
    });
  });

  it.each([
    [
      "the organisation's certificate",
      { mode: "files", certificate: "/etc/gemma/tls/a.pem", key: "/etc/gemma/tls/b.pem" },
    ],
    ["certificates of its own", { mode: "internal" }],
    ["none", undefined],
  ])("has the stack's gateway with %s without any, and on another subnet", async (_, tls) => {
    const { args, read } = trial();
    const gateway = { enabled: true, clients: ["backend"], hosts: ["llm.example.org"] };
    const own = { subnet: "10.200.1.0/24", ...(tls && { tls }) };
    await tryStack({ ...args, keys: { "gemma:gateway": { ...gateway, ...own } } });
    expect(parse(read("stack").join("\n"))).toEqual({
      config: {
        "gemma:gateway": { ...gateway, tls: { mode: "none" } },
        "gemma:network": { internal: true },
        "gemma:address": "127.0.0.1",
        "gemma:port": 0,
      },
    });
  });

  it("has no gateway where the stack has none", async () => {
    const { args, read } = trial();
    await tryStack(args);
    expect(parse(read("stack").join("\n"))).toEqual({
      config: { "gemma:network": { internal: true }, "gemma:address": "127.0.0.1", "gemma:port": 0 },
    });
  });

  it("links to the program but for its stacks, its state and what is hidden", async () => {
    const { args, read } = trial();
    await tryStack(args);
    expect(read("listing").sort()).toEqual(
      [
        ...[
          ".gemma-own",
          "Pulumi.trial.yaml",
          "Pulumi.yaml",
          "commands",
          "index.ts",
          "node_modules",
          "passphrase",
          "state",
        ],
        ...["Pulumi.yaml", "commands", "index.ts", "node_modules"].map((name) => join(args.program, name)),
      ].sort(),
    );
  });

  it("has state and passphrase of its own", async () => {
    const { args, read } = trial();
    await tryStack(args);
    expect(read("environment")).toEqual([
      args.folder,
      `file://${args.folder}/state`,
      `${args.folder}/passphrase`,
      "unset",
      "kept",
    ]);
    expect(read("mode")).toEqual(["600"]);
  });

  it("that fails is taken down all the same", async () => {
    const { args, calls } = trial({ up: "exit 255" });
    expect(await failureOf(tryStack(args))).toBe("pulumi up failed; the reason stands above");
    expect(calls()).toEqual([init, up, select, destroy]);
    expect(existsSync(args.folder)).toBe(false);
  });

  it.each([".gemma-own", "Pulumi.trial.yaml"])("first takes down what a killed one has left with %s", async (mark) => {
    const { args, calls } = trial({}, ["trial"]);
    writeState(args.folder, mark);
    symlinkSync("/elsewhere", join(args.folder, "Pulumi.yaml"));
    await tryStack(args);
    expect(calls()).toEqual([select, destroy, select, up, select, destroy]);
    expect(existsSync(args.folder)).toBe(false);
  });

  it("is cleared away without its CLI when it never had a state", async () => {
    const { args, calls } = trial();
    mkdirSync(args.folder);
    for (const name of [".gemma-own", "passphrase"]) writeFileSync(join(args.folder, name), "");
    await clearTrial(args);
    await clearTrial(args);
    expect(existsSync(args.folder)).toBe(false);
    expect(calls()).toEqual([]);
  });

  it.each([
    ["notes.txt", "passphrase"],
    ["Pulumi.trial.yaml", "notes.txt"],
    ["passphrase", "state"],
  ])("leaves a folder of others at its place, which has %s and %s", async (...names) => {
    const { args, calls } = trial();
    mkdirSync(args.folder);
    for (const name of names) writeFileSync(join(args.folder, name), "theirs");
    await clearTrial(args);
    expect(await failureOf(tryStack(args))).toBe(
      `${args.folder}, where the stack is tried, holds files of others: move them away, and run the command again`,
    );
    expect(readdirSync(args.folder).sort()).toEqual([...names].sort());
    expect(calls()).toEqual([]);
  });

  it("is not forgotten when it cannot be taken down", async () => {
    const { args } = trial({ destroy: "exit 1" }, ["trial"]);
    writeState(args.folder);
    expect(await failureOf(clearTrial(args))).toBe("pulumi destroy failed; the reason stands above");
    expect(existsSync(join(args.folder, "state"))).toBe(true);
  });
});
