import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { checkConfig } from "../../../config/check.ts";
import { readStackFiles } from "../../../config/stack-files.ts";
import { validConfig } from "../support/raw-config.ts";
import { tempFolder } from "../support/temp-folder.ts";

const defaults = Object.entries(validConfig)
  .map(([key, value]) => `  ${key}: ${JSON.stringify(typeof value === "object" ? { value } : { default: value })}\n`)
  .join("");
const projectFile = `name: gemma\nconfig:\n${defaults}`;

function lineOfDefault(key: string): number {
  return projectFile.split("\n").findIndex((line) => line.startsWith(`  ${key}:`)) + 1;
}

/** Checks a stack whose file has this text, with the valid configuration in Pulumi.yaml. */
async function messageFor(stackFile: string): Promise<string | undefined> {
  process.chdir(tempFolder({ "Pulumi.yaml": projectFile, "Pulumi.x.yaml": stackFile }));
  const { message } = await checkConfig(readStackFiles("x"), "x");
  return message;
}

const firstLine = (count: string) => `The configuration has ${count}; nothing was changed.`;

describe("checkConfig", () => {
  afterEach(() => {
    process.chdir(projectFolder);
  });

  it("finds no problem in a stack that keeps the defaults", async () => {
    expect(await messageFor("config: {}\n")).toBeUndefined();
  });

  it("finds no problem in a file with a mark of UTF-8 before its first key", async () => {
    expect(await messageFor("\ufeffconfig: {}\n")).toBeUndefined();
  });

  it("tells a file in UTF-16 from one without configuration", async () => {
    process.chdir(tempFolder({ "Pulumi.yaml": projectFile }));
    writeFileSync("Pulumi.x.yaml", Buffer.from("\ufeffconfig: {}\n", "utf16le"));
    expect((await checkConfig({ values: {}, secretKeys: [] }, "x")).message).toBe(
      `${firstLine("a problem")}\n  Pulumi.x.yaml: got text in UTF-16, as some editors save it; save it as UTF-8`,
    );
  });

  it("tells one problem with file and line", async () => {
    expect(await messageFor("# A comment.\nconfig:\n  gemma:port: http\n")).toBe(
      `${firstLine("a problem")}\n` + "  Pulumi.x.yaml:3: gemma:port: got http; write a whole number, 0 to 65535",
    );
  });

  it("tells all problems at once in the order of the file, those of Pulumi.yaml last", async () => {
    const text = [
      "config:",
      "  gemma:restart: never",
      "  gemma:ollama:",
      "    numParallel: 0",
      "    env:",
      "      OMP_NUM_THREADS: 4",
      "  gemma:colour: red",
      "  gemma:replacement: start-first",
      "  gemma:cpus: -1",
      "  gemma:readiness:",
      "    requireGpu: true",
      "",
    ].join("\n");
    expect((await messageFor(text))?.split("\n")).toEqual([
      firstLine("7 problems"),
      "  Pulumi.x.yaml:2: gemma:restart: got never; write one of no, on-failure, always, unless-stopped",
      "  Pulumi.x.yaml:4: gemma:ollama.numParallel: got 0; write a whole number, 1 to 256",
      "  Pulumi.x.yaml:6: gemma:ollama.env.OMP_NUM_THREADS: got 4; is refused: Ollama does not read it; use ollama.threads",
      "  Pulumi.x.yaml:7: gemma:colour: got red; unknown key; the keys here are models, registry, delivery, baseImage, " +
        "address, port, network, gateway, replacement, volume, memory, memoryReservation, shmSize, cpus, gpus, restart, " +
        "logging, ollama, readiness, monitoring, watcher",
      "  Pulumi.x.yaml:8: gemma:replacement: got start-first; the old and the new container cannot both publish port " +
        "11434: write recreate, port 0 for any free port, or gateway.enabled",
      "  Pulumi.x.yaml:9: gemma:cpus: got -1; write a number of 0 or more, for example 2 or 1.5",
      "  Pulumi.x.yaml:11: gemma:readiness.requireGpu: got true; the model cannot be on a GPU while gpus is none: " +
        "reserve a GPU, or write false",
    ]);
  });

  it("places a problem of a value that is left to its default in Pulumi.yaml", async () => {
    const message = await messageFor("config:\n  gemma:port: http\n  gemma:delivery: embedded\n");
    expect(message?.split("\n")).toEqual([
      firstLine("2 problems"),
      "  Pulumi.x.yaml:2: gemma:port: got http; write a whole number, 0 to 65535",
      `  Pulumi.yaml:${lineOfDefault("baseImage")}: gemma:baseImage: got ollama/ollama:0.33.3; delivery embedded needs ` +
        "a base image that cannot move: add its @sha256:… digest, or write the sha256:… ID of a loaded image",
    ]);
  });

  it("places a missing nested key at the object it belongs to", async () => {
    const clients = "config:\n  gemma:gateway:\n    clients:\n      - endpoints: [chat]\n";
    expect(await messageFor(clients)).toBe(
      `${firstLine("a problem")}\n` +
        "  Pulumi.x.yaml:3: gemma:gateway.clients.0.name: got nothing; write a name, for example backend",
    );
  });

  it("shows text that stands in place of an object, and of a list", async () => {
    expect(await messageFor("config:\n  gemma:models: gemma3n:e4b\n  gemma:volume: models\n")).toBe(
      `${firstLine("2 problems")}\n` +
        "  Pulumi.x.yaml:2: gemma:models: got gemma3n:e4b; write a list of models, for example [gemma3n:e4b]\n" +
        "  Pulumi.x.yaml:3: gemma:volume: got models; Invalid input: expected object, received string",
    );
  });

  it("places what is wrong with a model at their list", async () => {
    const models = "config:\n  gemma:models:\n    - gemma3n:e4b\n    - name: bge-m3:567m\n      for: [search]\n";
    expect(await messageFor(models)).toBe(
      `${firstLine("a problem")}\n` +
        "  Pulumi.x.yaml:2: gemma:models.1.for.0: got search; write one of chat, embedding, vision, audio",
    );
  });

  it("tells a stack of earlier versions what to write for its model, and nothing of the default", async () => {
    const text = "config:\n  gemma:memory: 1GiB\n  gemma:model:\n    name: someone/small:1\n    digest: sha256:12\n";
    expect((await messageFor(text))?.split("\n")).toEqual([
      firstLine("a problem"),
      '  Pulumi.x.yaml:3: gemma:model: got {"name":"someone/small:1","digest":"sha256:12"}; a stack serves a list of ' +
        "models now; write in its place",
      "      gemma:models:",
      "        - name: someone/small:1",
      "          digest: sha256:12",
    ]);
  });

  it("cuts a long value", async () => {
    expect(await messageFor(`config:\n  gemma:address: ${"x".repeat(200)}\n`)).toBe(
      `${firstLine("a problem")}\n` +
        `  Pulumi.x.yaml:2: gemma:address: got ${"x".repeat(80)}…; write an IP address, for example 127.0.0.1`,
    );
  });

  it.each([
    ["registry", "    secure: v1:abc\n"],
    ["ollama", "    env:\n      HTTPS_PROXY:\n        secure: v1:abc\n"],
    ["ollama", "    origins:\n      - secure: v1:abc\n"],
  ])("refuses an encrypted value in %s without showing it", async (key, value) => {
    expect(await messageFor(`config:\n  gemma:${key}:\n${value}`)).toBe(
      `${firstLine("a problem")}\n` +
        `  Pulumi.x.yaml:2: gemma:${key}: got [secret]; an encrypted value would end up readable in \`docker inspect\` ` +
        "and in the state: no key takes one, write it unencrypted or leave it out",
    );
  });

  it("does not show the encrypted value of an unknown key", async () => {
    expect(await messageFor("config:\n  gemma:token:\n    secure: v1:abc\n")).toMatch(
      /\n {2}Pulumi\.x\.yaml:2: gemma:token: got \[secret\]; unknown key; the keys here are models, /,
    );
  });

  it.each([
    [
      "gema:gateway: {}",
      "gema:gateway: got {}; gema is no namespace of this project: write gemma:gateway, or remove it",
    ],
    [
      "ollama:memory: 1GiB",
      "ollama:memory: got 1GiB; ollama is no namespace of this project: write gemma:memory, or remove it",
    ],
    [
      "ollama:numParallel: 2",
      "ollama:numParallel: got 2; ollama is no namespace of this project: write numParallel below gemma:ollama, or remove it",
    ],
    [
      "gemma-prod:memry: 1GiB",
      "gemma-prod:memry: got 1GiB; gemma-prod is no namespace of this project: write gemma:memory, or remove it",
    ],
    [
      "docker:host: ssh://host",
      "docker:host: got ssh://host; the engine is chosen with DOCKER_HOST, DOCKER_CONTEXT or `docker context use`, which everything follows: remove it",
    ],
  ])("refuses the key of another project: %s", async (line, problem) => {
    expect(await messageFor(`config:\n  gemma:port: 1\n  ${line}\n`)).toBe(
      `${firstLine("a problem")}\n  Pulumi.x.yaml:3: ${problem}`,
    );
  });

  it("takes Pulumi's own settings", async () => {
    expect(await messageFor("config:\n  pulumi:tags:\n    a: b\n")).toBeUndefined();
  });

  it.each(["gemma:port: 1\n", "encryptionsalt: v1\n", "cfg:\n  gemma:port: 1\n", ""])(
    "refuses a file without config: %j",
    async (text) => {
      expect(await messageFor(text)).toBe(
        `${firstLine("a problem")}\n  Pulumi.x.yaml: got no config; write the stack's keys below config:, ` +
          "for example gemma:delivery: pull, or config: {} for a stack with the defaults alone",
      );
    },
  );
});
