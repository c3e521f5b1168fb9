import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { clearTrial, tryStack } from "../../../offline/trial.ts";
import { writeProgram } from "../support/fake-program.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const always = "--stack trial --non-interactive";
const select = `stack select --create ${always}`;
const exported = `stack export ${always}`;
const up = `up --yes --skip-preview --refresh --suppress-outputs ${always}`;
const destroy = `destroy --yes --skip-preview ${always}`;

/** A program to try, and a CLI that writes down how it is called and what it finds during `up`. */
function trial(onUp = "") {
  const home = tempFolder();
  const [program, folder, pulumi] = [join(home, "program"), join(home, "trial"), join(home, "bin/pulumi")];
  mkdirSync(program);
  for (const name of ["Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml", "index.ts", ".env", ".gitignore"])
    writeFileSync(join(program, name), name);
  for (const name of ["commands", "state", "staged", ".git", "node_modules"]) mkdirSync(join(program, name));
  writeProgram(
    pulumi,
    [
      `echo "$*" >>'${home}/calls'`,
      "case $1 in",
      "stack) echo '{\"deployment\":{}}' ;;",
      "up)",
      `  (ls -A; find . -type l -exec readlink {} + | sort) >'${home}/listing'`,
      `  cp Pulumi.trial.yaml '${home}/stack'`,
      `  stat -c %a passphrase >'${home}/mode'`,
      `  printf '%s\\n' "$PWD" "$PULUMI_BACKEND_URL" "$PULUMI_CONFIG_PASSPHRASE_FILE" "\${PULUMI_CONFIG_PASSPHRASE-unset}" "$OTHER" >'${home}/environment'`,
      `  ${onUp}`,
      "  ;;",
      "esac",
    ].join("\n"),
  );
  const environment = { PULUMI_CONFIG_PASSPHRASE: "of the host", PULUMI_BACKEND_URL: "file:///other", OTHER: "kept" };
  const read = (name: string) => readFileSync(join(home, name), "utf8").trimEnd().split("\n");
  const calls = () => (existsSync(join(home, "calls")) ? read("calls") : []);
  return { args: { program, folder, pulumi, environment, keys: {} as Record<string, unknown> }, home, read, calls };
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
    expect(calls()).toEqual([select, exported, up, destroy]);
    expect(existsSync(args.folder)).toBe(false);
    expect(said).toEqual(["The trial is over; taking it down\n"]);
  });

  it("has the stack's keys, but a network without a way out, and any free port of loopback", async () => {
    const { args, read } = trial();
    const keys = {
      "gemma:address": "0.0.0.0",
      "gemma:port": 8080,
      "gemma:network": { internal: false },
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
  ])("has the stack's gateway with %s without any", async (_, tls) => {
    const { args, read } = trial();
    const gateway = { enabled: true, clients: ["backend"], hosts: ["llm.example.org"] };
    await tryStack({ ...args, keys: { "gemma:gateway": { ...gateway, ...(tls && { tls }) } } });
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
        ...["Pulumi.trial.yaml", "Pulumi.yaml", "commands", "index.ts", "node_modules", "passphrase", "state"],
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
    const { args, calls } = trial("exit 255");
    expect(await failureOf(tryStack(args))).toBe("pulumi up failed; the reason stands above");
    expect(calls()).toEqual([select, exported, up, destroy]);
    expect(existsSync(args.folder)).toBe(false);
  });

  it("first takes down what a killed one has left", async () => {
    const { args, calls } = trial();
    mkdirSync(join(args.folder, "state"), { recursive: true });
    symlinkSync("/elsewhere", join(args.folder, "Pulumi.yaml"));
    await tryStack(args);
    expect(calls()).toEqual([select, exported, destroy, select, exported, up, destroy]);
    expect(existsSync(args.folder)).toBe(false);
  });

  it("is cleared away without its CLI when it never had a state", async () => {
    const { args, calls } = trial();
    mkdirSync(args.folder);
    writeFileSync(join(args.folder, "passphrase"), "");
    await clearTrial(args);
    await clearTrial(args);
    expect(existsSync(args.folder)).toBe(false);
    expect(calls()).toEqual([]);
  });

  it("is not forgotten when it cannot be taken down", async () => {
    const { args } = trial();
    writeProgram(args.pulumi, "case $1 in stack) echo '{\"deployment\":{}}' ;; *) exit 1 ;; esac");
    mkdirSync(join(args.folder, "state"), { recursive: true });
    expect(await failureOf(clearTrial(args))).toBe("pulumi destroy failed; the reason stands above");
    expect(existsSync(join(args.folder, "state"))).toBe(true);
  });
});
