import { delimiter, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { readHealth } from "../../../offline/host/health-record.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { runCommand, type Outcome } from "../support/command.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { fakePulumi, type FakePulumi, type FakePulumiArgs } from "../support/fake-pulumi.ts";
import { chatModel, digest } from "../support/gate-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

const upUsage =
  "npm run up:dev -- [--yes] [--diff] [--expect-no-changes] [--target URN] [--target-dependents] [--replace URN] " +
  "[--target-replace URN]";
const downUsage = "npm run down -s dev -- [--yes]";
const clientsUsage = "npm run clients -s dev -- [--token CLIENT]";

const unknownOption = (option: string) =>
  `Unknown option '${option}'. To specify a positional argument starting with a '-', place it at the end of the ` +
  `command after '--', as in '-- "${option}"`;

const readiness = { url: null, container: "ollama", timeout: 300, requireGpu: false, models: [chatModel] };
const outputs = {
  baseUrl: "http://127.0.0.1:11434",
  models: [{ name: "gemma3n:e4b", digest, for: ["chat"] }],
  readiness,
};
const withClients = { ...outputs, tokens: { backend: "gemma-backend-secret", web: "gemma-web-secret" } };

interface World extends FakePulumi {
  readonly run: (script: string, ...args: readonly string[]) => Promise<Outcome>;
}

/** A CLI and an engine for commands that run as processes, on a state of their own. */
function world(args: FakePulumiArgs = {}): World {
  const cli = fakePulumi({ stacks: ["dev"], ...args });
  fakeDocker();
  const folder = tempFolder();
  const environment = {
    PATH: [dirname(cli.file), process.env["PATH"]].join(delimiter),
    DOCKER_CONTEXT: process.env["DOCKER_CONTEXT"],
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "of the test",
  };
  return { ...cli, run: (script, ...rest) => runCommand(script, rest, folder, environment) };
}

describe("wrong arguments", { timeout: 60_000 }, () => {
  it.each<[string, string[], string]>([
    ["up.ts", [], `Name one stack, for example: ${upUsage}\n`],
    ["up.ts", ["dev", "prod"], `Name one stack, for example: ${upUsage}\n`],
    ["up.ts", ["dev", "--ja"], `${unknownOption("--ja")}\n${upUsage}\n`],
    ["up.ts", ["dev", "--target"], `Option '-t, --target <value>' argument missing\n${upUsage}\n`],
    ["up.ts", ["dev", "--yes=no"], `Option '-y, --yes' does not take an argument\n${upUsage}\n`],
    ["clients.ts", [], `Name one stack, for example: ${clientsUsage}\n`],
    ["clients.ts", ["--token", "backend"], `Name one stack, for example: ${clientsUsage}\n`],
    ["clients.ts", ["dev", "prod"], `Name one stack, for example: ${clientsUsage}\n`],
    ["clients.ts", ["dev", "--token"], `Option '--token <value>' argument missing\n${clientsUsage}\n`],
    ["down.ts", ["--yes"], `Name one stack, for example: ${downUsage}\n`],
    ["down.ts", ["dev", "--keep"], `${unknownOption("--keep")}\n${downUsage}\n`],
  ])("of %s %j are said in short before anything is done", async (script, args, stderr) => {
    const { run, allCalls } = world();
    expect(await run(script, ...args)).toEqual({ code: exitStatus.usage, stdout: "", stderr });
    expect(allCalls()).toEqual([]);
  });
});

describe("up", { timeout: 60_000 }, () => {
  it("asks nobody where there is no terminal, and ends with what a person needs to know", async () => {
    const { run, calls } = world({ outputs });
    const { code, stdout } = await run("up.ts", "dev", "--diff", "-t", "urn:a", "--target-replace", "urn:b");
    expect([code, stdout]).toEqual([
      0,
      "gemma3n:e4b serves at http://127.0.0.1:11434\n" +
        "Token:   none is asked for\n" +
        "Clients: npm run clients -s dev\n" +
        "Check:   npm run health -s dev\n",
    ]);
    expect(calls()).toEqual([
      "stack select --stack dev",
      "up --yes --skip-preview --diff --replace urn:b --target urn:a --target urn:b --color never --suppress-outputs " +
        "--exec-kind auto.local --event-log FILE --stack dev",
    ]);
  });

  it("fails after Pulumi's own lines without a stack trace", async () => {
    const { run } = world({ scripts: { up: "echo 'error: it broke' >&2; exit 255" } });
    expect(await run("up.ts", "dev")).toEqual({
      code: 1,
      stdout: "",
      stderr: "error: it broke\npulumi up failed; the reason stands above\n",
    });
  });
});

describe("health on a closed host", { timeout: 60_000 }, () => {
  it("writes down what it has seen, and says it", async () => {
    const data = tempFolder();
    const { run } = world({ stacks: [] });
    const stderr = "The stack dev has not been brought up here: run `up` first\n";
    expect(await run("health.ts", "dev", "--data", data)).toEqual({ code: exitStatus.absent, stdout: "", stderr });
    expect(await readHealth(data)).toMatchObject({ healthy: false, seen: stderr.trimEnd() });
  });
});

describe("down", { timeout: 60_000 }, () => {
  it("takes the stack down without a question where there is no terminal", async () => {
    const { run, calls } = world({ stacks: [], outputs });
    await run("up.ts", "dev");
    expect(await run("down.ts", "-s", "dev")).toEqual({
      code: 0,
      stdout: "The stack dev is down; its images stay, and its volume where volume.retainOnDelete is true\n",
      stderr: "",
    });
    expect(calls().slice(2)).toEqual([
      "stack select --stack dev",
      "destroy --yes --skip-preview --color never --suppress-outputs --exec-kind auto.local --stack dev",
    ]);
  });
});

describe("down of a stack that nobody knows", { timeout: 60_000 }, () => {
  it("makes none, and says so", async () => {
    const { run, allCalls } = world({ stacks: [] });
    expect(await run("down.ts", "prd")).toEqual({
      code: 0,
      stdout: "Nothing is written down of a stack prd here; no container or network has its labels any more\n",
      stderr: "",
    });
    expect(allCalls()).toEqual([]);
  });
});

describe("clients", { timeout: 60_000 }, () => {
  it("prints settings to paste", async () => {
    const { code, stdout, stderr } = await world({ outputs }).run("clients.ts", "dev");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^# Models, .*\n# gemma3n:e4b: chat\n\n# Token: none is asked for, .*\nexport TOKEN=none\n\n# curl\ncurl .* http:\/\/127\.0\.0\.1:11434\//,
    );
  });

  it("prints the same of a stack that an earlier version has brought up", async () => {
    const { prompt, pattern, minTokensPerSecond } = chatModel;
    const earlier = {
      baseUrl: "http://127.0.0.1:11434",
      modelName: "gemma3n:e4b",
      modelDigest: digest,
      readiness: {
        ...{ url: null, container: "ollama", model: "gemma3n:e4b", digest, prompt, pattern, minTokensPerSecond },
        ...{ requireGpu: false, timeout: 300 },
      },
    };
    const { code, stdout } = await world({ outputs: earlier }).run("clients.ts", "dev");
    expect([code, stdout]).toEqual([0, (await world({ outputs }).run("clients.ts", "dev")).stdout]);
  });

  it("tells how to get the token of each client, and no token", async () => {
    const { code, stdout } = await world({ outputs: withClients }).run("clients.ts", "-s", "dev");
    expect(code).toBe(0);
    expect(stdout).toContain("\nexport TOKEN=$(npm run clients -s dev -- --token backend)\n");
    expect(stdout).toContain("\nexport TOKEN=$(npm run clients -s dev -- --token web)\n");
    expect(stdout).toContain('curl -H "Authorization: Bearer $TOKEN" ');
    expect(stdout).not.toContain("secret");
  });

  it.each([
    ["a gateway", "https://127.0.0.1:11434", null, "https://gateway:8080"],
    ["one without TLS", "http://127.0.0.1:11434", null, "http://gateway:8080"],
    ["one with the organisation's certificate", "https://127.0.0.1:11434", "/etc/gemma/tls/certificate.pem", undefined],
  ])("tells how containers on this host reach %s", async (_, url, certificate, expected) => {
    const gatewayStatus = { url, clientNetwork: "gateway-network-1", certificate };
    const { stdout } = await world({ outputs: { ...withClients, gatewayStatus } }).run("clients.ts", "dev");
    const told = /^# Containers on this host: (\S+) .*\ndocker run --network gateway-network-1 -e TOKEN IMAGE$/m;
    expect(told.exec(stdout)?.[1]).toBe(expected);
  });

  it("prints the token of a client and nothing else", async () => {
    expect(await world({ outputs: withClients }).run("clients.ts", "--token", "web", "dev")).toEqual({
      code: 0,
      stdout: "gemma-web-secret\n",
      stderr: "",
    });
  });

  it.each([
    ["somebody", withClients, "its clients are backend, web"],
    ["constructor", withClients, "its clients are backend, web"],
    ["backend", outputs, "it has no gateway, and asks for no token"],
  ])("has no token for %s", async (client, shown, reason) => {
    expect(await world({ outputs: shown }).run("clients.ts", "dev", "--token", client)).toEqual({
      code: exitStatus.refused,
      stdout: "",
      stderr: `The stack dev has no client ${client}: ${reason}\n`,
    });
  });

  it("does not make a stack that was never brought up", async () => {
    const { run, calls } = world({ stacks: [] });
    expect(await run("clients.ts", "dev")).toEqual({
      code: exitStatus.absent,
      stdout: "",
      stderr: "The stack dev has not been brought up here: run `up` first\n",
    });
    expect(calls()).toEqual([]);
  });
});
