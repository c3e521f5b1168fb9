import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { stackLabels } from "../../../engine/stack-labels.ts";
import { StackRun, type StackRunArgs } from "../../../runner/stack-run.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { fakeDocker, type FakeDockerArgs } from "../support/fake-docker.ts";
import { fakePulumi, gateStep, type FakePulumi, type FakePulumiArgs } from "../support/fake-pulumi.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const [own, other, networkId] = ["1", "2", "3"].map((digit) => digit.repeat(64)) as [string, string, string];

/** What is written down of a stack that is up. */
const deployment = {
  resources: [
    { type: "docker:index/container:Container", id: own },
    { type: "docker:index/network:Network", id: networkId },
  ],
};

const pending = { ...deployment, pending_operations: [{ type: "creating" }] };

/** A container of somebody else on the stack's network. */
const visited: FakeDockerArgs = {
  containers: [own],
  networks: [networkId],
  inspected: { [networkId]: `server-1 {"${own}":{"Name":"ollama"},"${other}":{"Name":"app"}}` },
};

const refused =
  "Containers that are not this stack's use a network that has to go: app is on server-1; nothing was removed. " +
  "Stop them, or take them off with `docker network disconnect --force server-1 app`, and run the command again";

const [init, select] = ["stack init dev", "stack select --stack dev"];
const up =
  "up --yes --skip-preview --color never --suppress-outputs --exec-kind auto.local --event-log FILE --stack dev";
const preview = "preview --exec-kind auto.local --event-log FILE --stack dev";
const shownPreview = "preview --color never --suppress-outputs --exec-kind auto.local --event-log FILE --stack dev";
const destroy = "destroy --yes --skip-preview --color never --suppress-outputs --exec-kind auto.local --stack dev";
const refresh = "refresh --skip-preview --yes --clear-pending-creates --exec-kind auto.local --stack dev";
const dockerLooks = ["container ls", "network ls"];

interface World extends FakePulumi {
  readonly args: StackRunArgs;
  /** The file with the state, and what is written into it. */
  readonly state: string;
  /** How docker was called, two words of each. */
  readonly docker: () => string[];
  readonly said: readonly string[];
}

/** A stack with a state on disk, a CLI and an engine. */
function world(pulumi: FakePulumiArgs = {}, engine: FakeDockerArgs = {}, state?: object | string): World {
  const home = tempFolder();
  const file = join(home, ".pulumi/stacks/gemma/dev.json");
  if (state !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof state === "string" ? state : JSON.stringify({ checkpoint: { latest: state } }));
  }
  const cli = fakePulumi(pulumi);
  const calls = fakeDocker(engine);
  const environment = { PULUMI_BACKEND_URL: `file://${home}` };
  return {
    ...cli,
    args: { pulumi: cli.file, folder: home, stack: "dev", environment },
    state: file,
    docker: () => calls().map((call) => call.split(" ").slice(0, 2).join(" ")),
    said: writtenTo("stderr"),
  };
}

const known = { stacks: ["dev", "other"] };

describe("opening a stack", () => {
  it("makes one that is not there", async () => {
    const { args, calls, docker, said } = world({ stacks: ["other"] });
    await StackRun.open(args);
    expect([calls(), docker(), said]).toEqual([[init], dockerLooks, []]);
  });

  it("selects one that is there", async () => {
    const { args, calls, docker, said } = world(known, { containers: [own], networks: [networkId] }, deployment);
    await StackRun.open(args);
    expect([calls(), docker(), said]).toEqual([[select], dockerLooks, []]);
  });

  it("removes what is not written down", async () => {
    const { args, docker, said } = world(known, { containers: [own, other], networks: [networkId] }, deployment);
    await StackRun.open(args);
    expect(docker()).toEqual(["container ls", "network ls", "container rm"]);
    expect(said).toEqual([
      `Removing what an interrupted run has left of this stack: container ${other.slice(0, 12)}\n`,
    ]);
  });

  it("clears what a run that was killed was about to do", async () => {
    const { args, calls, said } = world(known, { containers: [own], networks: [networkId] }, pending);
    await StackRun.open(args);
    expect(calls()).toEqual([select, refresh]);
    expect(said).toEqual(["An earlier run was interrupted; clearing up after it\n"]);
  });

  it("asks Pulumi what is written down where the state is not on this machine", async () => {
    const { args, calls, allCalls, docker } = world({ ...known, deployment: pending }, { containers: [own, other] });
    await StackRun.open({ ...args, environment: { PULUMI_BACKEND_URL: "s3://bucket" } });
    expect(calls()).toEqual([select, refresh]);
    expect(allCalls()).toContain("stack export --show-secrets --stack dev");
    expect(docker()).toEqual(["container ls", "network ls", "container rm"]);
  });

  it("removes a lock that nobody holds", async () => {
    const { args, said } = world(known);
    const folder = join(args.folder, ".pulumi/locks/organization/gemma/dev");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "1.json"), "");
    await StackRun.open(args);
    expect(said).toEqual([
      `Removing a lock that nobody holds any more: it cannot be read (${join(folder, "1.json")})\n`,
    ]);
  });

  it("does nothing when the state cannot be read, and names the way back", async () => {
    const { args, state, allCalls, docker } = world(known, {}, "");
    expect(await failureOf(StackRun.open(args))).toContain(`The state ${state} cannot be read: it is empty.`);
    expect([allCalls(), docker()]).toEqual([[], []]);
  });

  it("finds containers by the labels of its stack and of its state's folder", async () => {
    const home = tempFolder();
    const cli = fakePulumi(known);
    const calls = fakeDocker();
    const backend = `file://${home}`;
    await StackRun.open({
      pulumi: cli.file,
      folder: home,
      stack: "dev",
      environment: { PULUMI_BACKEND_URL: backend },
    });
    const labels = stackLabels({ project: "gemma", stack: "dev", backend, folder: home });
    for (const [label, value] of Object.entries(labels))
      expect(calls()[0]).toContain(`--filter label=${label}=${value}`);
  });
});

describe("a stack in an engine", () => {
  const stackIn = (engine: { endpoint: string; id: string }, more: object = {}) => ({
    ...more,
    resources: [
      { type: "pulumi:pulumi:Stack", outputs: { engine } },
      { type: "pulumi:providers:docker", inputs: { host: engine.endpoint } },
      ...deployment.resources,
    ],
  });

  it("is left alone when another engine is chosen", async () => {
    const { args, calls, docker } = world(
      known,
      { containers: [other] },
      stackIn({ endpoint: "unix:///old", id: "x" }),
    );
    expect(await failureOf(StackRun.open(args))).toContain(
      "The stack dev is in the engine unix:///old, and the chosen",
    );
    expect([calls(), docker()]).toEqual([[select], []]);
  });

  it("is looked at through the program's provider when the engine is reached by another endpoint", async () => {
    const moved = stackIn({ endpoint: "unix:///old", id: "engine-1 /var/lib/docker" }, { pending_operations: [{}] });
    const { args, calls } = world(known, { containers: [own], networks: [networkId] }, moved);
    const run = await StackRun.open(args);
    await run.preview();
    await run.up();
    await run.destroy();
    expect(calls()).toEqual([
      select,
      ...[refresh, shownPreview, up, destroy].map((call) => {
        const place = call.includes("--color") ? "--color" : "--exec-kind";
        return call.replace(place, `--run-program=true ${place}`);
      }),
    ]);
  });
});

describe("bringing a stack up", () => {
  it("asks once for all, without a preview, and shows Pulumi's lines on standard error", async () => {
    const { args, calls, said } = world({ ...known, scripts: { up: "echo progress; echo warning >&2" } });
    const run = await StackRun.open(args);
    await run.up();
    expect(calls()).toEqual([select, up]);
    expect([...said].sort()).toEqual(["progress\n", "warning\n"]);
  });

  it("hands on what is selected, in the words of Pulumi's CLI", async () => {
    const { args, calls } = world(known);
    const run = await StackRun.open(args);
    const selection = { target: ["urn:a", "urn:b"], replace: ["urn:c"], targetDependents: true, diff: true };
    await run.up({ ...selection, expectNoChanges: true });
    const flags = "--expect-no-changes --diff --replace urn:c --target urn:a --target urn:b --target-dependents";
    expect(calls()[1]).toBe(up.replace("--color", `${flags} --color`));
    await run.preview(selection);
    expect(calls()[2]).toBe(
      shownPreview.replace(
        "--color",
        "--diff --replace urn:c --target urn:a --target urn:b --target-dependents --color",
      ),
    );
  });

  it.each([
    ["changed nothing", { same: 12 }, true],
    ["changed nothing", { same: 12, update: 0 }, true],
    ["changed something", { same: 12, update: 1 }, false],
    ["made everything", { create: 12 }, false],
  ])("tells that it %s: %j", async (_, resourceChanges, changedNothing) => {
    const { args } = world({ ...known, resourceChanges, outputs: { baseUrl: "http://127.0.0.1:11434" } });
    const run = await StackRun.open(args);
    const outputs = { baseUrl: "http://127.0.0.1:11434" };
    expect(await run.up()).toEqual({ gated: true, changedNothing, outputs });
  });

  it.each([
    ["was made", "create", true],
    ["was run again", "update", true],
    ["was replaced", "create-replacement", true],
    ["stayed as it was", "same", false],
  ])("tells whether the gate was a step: it %s", async (_, op, gated) => {
    const steps = [
      ["update", "docker:index/container:Container", "ollama-container"],
      [op, gateStep[1], gateStep[2]],
    ] as const;
    const { args } = world({ ...known, steps });
    const run = await StackRun.open(args);
    expect((await run.up()).gated).toBe(gated);
  });

  it("fails after Pulumi's own lines", async () => {
    const { args, said } = world({ ...known, scripts: { up: "echo 'error: it broke' >&2; exit 255" } });
    const run = await StackRun.open(args);
    expect(await failureOf(run.up())).toBe("pulumi up failed; the reason stands above");
    expect(said).toEqual(["error: it broke\n"]);
  });

  it.each([
    ["stays", ["same", "docker:index/network:Network", "ollama-network"], true],
    ["is updated", ["update", "docker:index/network:Network", "ollama-network"], true],
    ["is deleted", ["delete", "docker:index/network:Network", "ollama-network"], false],
    ["is replaced", ["replace", "docker:index/network:Network", "ollama-network"], false],
    ["stays, and a container is replaced", ["replace", "docker:index/container:Container", "ollama-container"], true],
  ] as const)("previews first when others use its network, and goes on only when it %s", async (what, step, goesOn) => {
    expect(what).not.toBe("");
    const { args, calls } = world({ ...known, steps: [step] }, visited, deployment);
    const run = await StackRun.open(args);
    const problem = await run.up().then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    expect(problem).toBe(goesOn ? undefined : refused);
    expect(calls()).toEqual([select, preview, ...(goesOn ? [up] : [])]);
  });
});

describe("bringing a stack up where two servers do not fit", () => {
  const sentence =
    "Two servers do not fit on this host: another one needs 4.4 GiB of GPU memory, and 0 bytes are free on the reserved GPUs. " +
    "The running server is removed before its replacement starts; nothing is served until that has loaded the model and " +
    "passed its gate, for which it has 5 min 0 s (readiness.timeout)\n";
  const replaced = ["replace", "docker:index/container:Container", "ollama-container"] as const;
  const tell = 'echo "$GEMMA_REPLACEMENT" >>"$PWD/told"';

  /** A stack that wants `start-first` and has servers on a host with a GPU, which has so many MiB free. */
  function crowded(free: number, step: FakePulumiArgs["steps"] = [replaced], servers = 1, keys = "") {
    const home = tempFolder();
    const labels = stackLabels({ project: "gemma", stack: "dev", backend: `file://${home}`, folder: home });
    const running = Array.from({ length: servers }, (_, number) => ({
      Id: String(number),
      Names: [`/ollama-container-${number}`],
      Labels: labels,
    }));
    const endpoint = fakeEngine("engine-1", "/var/lib/docker", { "/containers/json": running });
    const { args, ...rest } = world({ ...known, steps: step, scripts: { up: tell, preview: tell } }, { endpoint });
    const environment = { ...args.environment, PULUMI_BACKEND_URL: `file://${home}` };
    copyFileSync("Pulumi.yaml", join(home, "Pulumi.yaml"));
    writeFileSync(
      join(home, "Pulumi.dev.yaml"),
      `config:\n  gemma:models: [gemma3n:e4b]\n  gemma:port: 0\n  gemma:gpus: 1\n  gemma:memory: 0\n${keys}`,
    );
    fakePrograms({ "nvidia-smi": `echo 0, GPU-a, ${free}` });
    const told = () => readFileSync(join(home, "told"), "utf8").trimEnd().split("\n");
    return { args: { ...args, folder: home, environment }, told, ...rest };
  }

  it("looks ahead, says so, and recreates the server", async () => {
    const { args, calls, told, said } = crowded(0);
    await (await StackRun.open(args)).up();
    expect(calls()).toEqual([select, preview, up]);
    expect(told()).toEqual(["recreate", "recreate"]);
    expect(said).toEqual([sentence]);
  });

  it("says so once, with the preview that was asked for", async () => {
    const { args, calls, told, said } = crowded(0);
    const run = await StackRun.open(args);
    await run.preview();
    expect(said).toEqual([sentence]);
    await run.up();
    expect(calls()).toEqual([select, shownPreview, up]);
    expect(told()).toEqual(["recreate", "recreate"]);
    expect(said).toEqual([sentence]);
  });

  it.each([
    ["stays as it is", ["same", replaced[1], replaced[2]]],
    ["is made anew, as it is gone", ["create", replaced[1], replaced[2]]],
    ["stays, and the gateway's is replaced", ["replace", replaced[1], "gateway-container"]],
  ] as const)("says nothing when the server %s", async (_, step) => {
    const { args, calls, said } = crowded(0, [step]);
    await (await StackRun.open(args)).up();
    expect(calls()).toEqual([select, preview, up]);
    expect(said).toEqual([]);
  });

  it("looks no further where no server runs", async () => {
    const { args, calls, told, said } = crowded(0, [replaced], 0);
    await (await StackRun.open(args)).up();
    expect([calls(), told(), said]).toEqual([[select, up], ["start-first"], []]);
  });

  it("looks no further where two fit", async () => {
    const { args, calls, told, said } = crowded(80_000);
    await (await StackRun.open(args)).up();
    expect([calls(), told(), said]).toEqual([[select, up], ["start-first"], []]);
  });

  /** A state after an update whose server did not pass its gate. */
  const container = "docker:index/container:Container";
  const urn = `urn:pulumi:dev::gemma::${container}::ollama-container`;
  const afterFailure = {
    resources: [
      { type: container, urn, id: other },
      { type: container, urn, id: own, delete: true },
      {
        type: "command:local:Command",
        urn: "urn:pulumi:dev::gemma::command:local:Command::readiness-command",
        inputs: { stdin: JSON.stringify({ container: own }) },
      },
    ],
  };

  it("removes a server that failed before its replacement starts, whatever program makes that", async () => {
    const { args, calls, docker, said } = world(
      { ...known, steps: [replaced] },
      { containers: [own, other] },
      afterFailure,
    );
    await (await StackRun.open(args)).up();
    expect(calls()).toEqual([select, preview, up]);
    expect(docker()).toEqual([...dockerLooks, "ps --all", "container rm"]);
    expect(said).toEqual([
      `Removing the server of an update that failed, before another one is started: container ${other.slice(0, 12)}\n`,
    ]);
  });

  it("lets a server that failed go on when it may pass now", async () => {
    const { args, docker, said } = world(
      { ...known, steps: [["same", container, "ollama-container"]] },
      { containers: [own, other] },
      afterFailure,
    );
    await (await StackRun.open(args)).up();
    expect([docker(), said]).toEqual([[...dockerLooks, "ps --all"], []]);
  });

  it("leaves it at what was decided before", async () => {
    const { args, calls, told, said } = crowded(80_000);
    const environment = { ...args.environment, GEMMA_REPLACEMENT: "recreate" };
    await (await StackRun.open({ ...args, environment })).up();
    expect([calls(), told(), said]).toEqual([[select, up], ["recreate"], []]);
  });

  it("leaves a configuration with a problem to the program", async () => {
    const { args, calls, told, said } = crowded(0, [replaced], 1, "  gemma:cpus: many\n");
    await (await StackRun.open(args)).up();
    expect([calls(), told(), said]).toEqual([[select, up], [""], []]);
  });
});

describe("taking a stack down", () => {
  it("destroys it, and removes what still has its labels", async () => {
    const { args, calls, docker } = world(known, { containers: [own], networks: [networkId] }, deployment);
    expect(await StackRun.takeDown(args)).toBe(true);
    expect(calls()).toEqual([select, destroy]);
    expect(docker()).toEqual([
      ...dockerLooks,
      "network inspect",
      ...dockerLooks,
      "network inspect",
      "container rm",
      "network rm",
    ]);
  });

  it("names containers of others on its networks before anything is removed", async () => {
    const { args, calls, docker } = world(known, visited, deployment);
    expect(await failureOf(StackRun.takeDown(args))).toBe(refused);
    expect(calls()).toEqual([select]);
    expect(docker()).toEqual([...dockerLooks, "network inspect"]);
  });

  it("goes on from the state before one that cannot be read", async () => {
    const { args, state, calls, said } = world(known, { containers: [own], networks: [networkId] }, "");
    writeFileSync(`${state}.bak`, JSON.stringify({ checkpoint: { latest: deployment } }));
    await StackRun.takeDown(args);
    expect(said[0]).toBe(`The state ${state} cannot be read (it is empty); going on from ${state}.bak\n`);
    expect(calls()).toEqual([select, destroy]);
    expect(readFileSync(`${state}.damaged`, "utf8")).toBe("");
  });

  it("does not judge a state that another run is writing", async () => {
    const { args, state } = world(known, {}, "");
    const folder = join(args.folder, ".pulumi/locks/organization/gemma/dev");
    mkdirSync(folder, { recursive: true });
    const pulumi = join(tempFolder(), "pulumi");
    copyFileSync("/bin/sleep", pulumi);
    const other = spawn(pulumi, ["60"]);
    await once(other, "spawn");
    const lock = { pid: other.pid, username: "operator", hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(folder, "1.json"), JSON.stringify(lock));
    const down = StackRun.takeDown(args);
    await sleep(300);
    expect(existsSync(`${state}.damaged`)).toBe(false);
    other.kill("SIGKILL");
    await down;
    expect(existsSync(`${state}.damaged`)).toBe(true);
  });

  it("finds containers and networks by their labels when no state can be read", async () => {
    const { args, state, calls, docker, said } = world({}, { containers: [own], networks: [networkId] }, "{");
    await StackRun.takeDown(args);
    expect(said).toEqual([
      `The state ${state} cannot be read (it is not whole), nor any earlier one\n`,
      `Removing what an interrupted run has left of this stack: container ${own.slice(0, 12)}\n`,
      `Removing what an interrupted run has left of this stack: network ${networkId.slice(0, 12)}\n`,
    ]);
    expect(docker()).toEqual(["container ls", "network ls", "network inspect", "container rm", "network rm"]);
    expect(calls()).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });

  it("does not make a stack of which nothing is written down, and removes what has its labels", async () => {
    const { args, state, allCalls, docker } = world({}, { containers: [own] });
    expect(await StackRun.takeDown(args)).toBe(false);
    expect([allCalls(), docker()]).toEqual([[], ["container ls", "network ls", "container rm"]]);
    expect(existsSync(state)).toBe(false);
  });

  it("asks Pulumi for a stack whose state is not on this machine", async () => {
    const { args, calls } = world(known);
    const elsewhere = { ...args, environment: { PULUMI_BACKEND_URL: "s3://bucket" } };
    expect(await StackRun.takeDown(elsewhere)).toBe(true);
    expect(calls()).toEqual([select, destroy]);
  });

  it.each([
    "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
    "error: unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /data/passphrase: no such file or directory",
    "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
  ])("goes by its labels without its passphrase: %s", async (reason) => {
    const { args, docker, state, said } = world(
      { ...known, scripts: { destroy: `echo '${reason}' >&2; exit 255` } },
      { containers: [own], networks: [networkId] },
      deployment,
    );
    const before = readFileSync(state, "utf8");
    expect(await StackRun.takeDown(args)).toBe(true);
    expect(docker().filter((call) => call.endsWith(" rm"))).toEqual(["container rm", "network rm"]);
    expect(readFileSync(state, "utf8")).toBe(before);
    expect(said.join("")).toContain("what has the labels of the stack dev is removed without Pulumi\n");
  });

  it("goes by its labels without a CLI", async () => {
    const { args, docker, said } = world(known, { containers: [own], networks: [networkId] }, deployment);
    expect(await StackRun.takeDown({ ...args, pulumi: "/none/pulumi" })).toBe(true);
    expect(docker().filter((call) => call.endsWith(" rm"))).toEqual(["container rm", "network rm"]);
    expect(said.join("")).toContain("The Pulumi CLI /none/pulumi was not found");
  });

  it("leaves labelled containers alone when Pulumi fails, and says so", async () => {
    const { args, docker } = world(
      { ...known, scripts: { destroy: "exit 255" } },
      { containers: [own], networks: [networkId] },
      deployment,
    );
    expect(await failureOf(StackRun.takeDown(args))).toBe("pulumi destroy failed; the reason stands above");
    expect(docker()).toEqual([...dockerLooks, "network inspect"]);
  });
});

describe("looking at a stack", () => {
  it("tells its outputs, secret ones too, and touches nothing", async () => {
    const outputs = { baseUrl: "http://127.0.0.1:11434", tokens: { backend: "secret" } };
    const { args, calls, allCalls, docker } = world({
      ...known,
      outputs,
      maskedOutputs: { ...outputs, tokens: "[secret]" },
    });
    const run = await StackRun.look(args);
    expect(await run.outputs()).toEqual(outputs);
    expect(allCalls()).toEqual([
      "version",
      "stack ls --json",
      select,
      "stack output --json --stack dev",
      "stack output --json --show-secrets --stack dev",
    ]);
    expect([calls(), docker()]).toEqual([[select], []]);
  });

  it("clears attributes that a power cut has left cut short, unless a run at work may be writing them", async () => {
    const { args, state, said } = world({ ...known, outputs: {} }, {}, deployment);
    writeFileSync(`${state}.attrs`, "");
    const running = join(tempFolder(), "pulumi");
    copyFileSync("/bin/sleep", running);
    const run = spawn(running, ["60"]);
    await once(run, "spawn");
    const locks = join(args.folder, ".pulumi/locks/organization/gemma/dev");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: run.pid, username: "operator", hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(locks, "1.json"), JSON.stringify(lock));
    await StackRun.look(args);
    expect([existsSync(`${state}.attrs`), said]).toEqual([true, []]);
    run.kill("SIGKILL");
    await once(run, "close");
    await StackRun.look(args);
    expect(existsSync(`${state}.attrs`)).toBe(false);
    expect(said.at(-1)).toBe(`Removing what a killed run has left cut short: ${state}.attrs\n`);
  });

  it("does not make one that was never brought up", async () => {
    const { args, calls } = world({ stacks: ["other"] });
    expect(await failureOf(StackRun.look(args))).toBe("The stack dev has not been brought up here: run `up` first");
    expect(calls()).toEqual([]);
  });

  it("hands on the environment it is given, and takes away what that leaves out", async () => {
    const { args } = world({ ...known, scripts: { stack: 'echo "$OTHER ${HIDDEN-unset} $PWD" >"$here/environment"' } });
    process.env["HIDDEN"] = "set";
    await StackRun.look({ ...args, environment: { ...args.environment, OTHER: "set", HIDDEN: undefined } }).finally(
      () => delete process.env["HIDDEN"],
    );
    expect(readFileSync(join(dirname(args.pulumi), "environment"), "utf8")).toBe(`set unset ${args.folder}\n`);
  });
});
