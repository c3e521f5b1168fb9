import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { GpuCheck } from "../../../components/gpu-check.ts";
import { ModelParameters } from "../../../components/model-parameters.ts";
import { ModelPull } from "../../../components/model-pull.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { TaggedImage } from "../../../components/tagged-image.ts";
import { ReadinessGate } from "../../../components/readiness-gate.ts";
import { chatModel } from "../support/gate-server.ts";
import { declare, only, valueOf } from "../support/pulumi-mocks.ts";

type Options = pulumi.ComponentResourceOptions;

const digest = `sha256:${"1".repeat(64)}`;
const place = { url: "http://127.0.0.1:11434", containerId: "container-id" };
const sentPlace = { url: "http://127.0.0.1:11434", container: "container-id" };
const embeddings = {
  ...chatModel,
  model: "bge-m3:567m",
  digest: null,
  for: ["embedding"] as const,
  vectorLength: 1024,
};
const readiness = { timeout: 300, requireGpu: true, models: [chatModel, embeddings] };
const [pinned, loose] = [
  { name: "gemma3n:e4b", digest },
  { name: "bge-m3:567m", digest: undefined },
];
const [sentPinned, sentLoose] = [
  { model: "gemma3n:e4b", digest },
  { model: "bge-m3:567m", digest: null },
];
const pull = { ...place, volumeName: "ollama-models", registry: "https://registry.ollama.ai", prune: false };
const sentPull = { ...sentPlace, volume: "ollama-models", registry: "https://registry.ollama.ai", prune: false };

const namedImage = { image: "haproxy:3.2.26@sha256:1", localName: "localhost/gemma/gateway:1" };

interface Case {
  readonly what: string;
  readonly name: string;
  readonly script: string;
  /** Whether another version of the script runs it again. */
  readonly rerun?: false;
  readonly program: (options: Options) => unknown;
  readonly stdin: object;
}

const cases: readonly Case[] = [
  {
    what: "ModelPull of a model with a digest",
    name: "models-command",
    script: "pull-models.ts",
    program: (options) => new ModelPull("models", { ...pull, models: [pinned] }, options),
    stdin: { ...sentPull, models: [sentPinned] },
  },
  {
    what: "ModelPull of several, without a digest and with one, that prunes",
    name: "models-command",
    script: "pull-models.ts",
    program: (options) => new ModelPull("models", { ...pull, models: [loose, pinned], prune: true }, options),
    stdin: { ...sentPull, models: [sentLoose, sentPinned], prune: true },
  },
  {
    what: "ModelParameters with threads",
    name: "parameters-command",
    script: "set-parameters.ts",
    program: (options) => new ModelParameters("parameters", { ...place, models: [pinned], threads: 8 }, options),
    stdin: { ...sentPlace, models: [{ ...sentPinned, contextLength: null }], threads: 8 },
  },
  {
    what: "ModelParameters of several, with a context of one's own, without threads or digest",
    name: "parameters-command",
    script: "set-parameters.ts",
    program: (options) =>
      new ModelParameters("parameters", { ...place, models: [{ ...loose, contextLength: 2048 }, pinned] }, options),
    stdin: {
      ...sentPlace,
      models: [
        { ...sentLoose, contextLength: 2048 },
        { ...sentPinned, contextLength: null },
      ],
      threads: null,
    },
  },
  {
    what: "ReadinessGate",
    name: "readiness-command",
    script: "gate.ts",
    program: (options) => new ReadinessGate("readiness", { ...place, ...readiness }, options),
    stdin: { ...sentPlace, ...readiness },
  },
  {
    what: "ReadinessGate of a server that publishes nothing",
    name: "readiness-command",
    script: "gate.ts",
    program: (options) => new ReadinessGate("readiness", { ...place, ...readiness, url: null }, options),
    stdin: { ...sentPlace, ...readiness, url: null },
  },
  {
    what: "ModelParameters of a server that publishes nothing",
    name: "parameters-command",
    script: "set-parameters.ts",
    program: (options) =>
      new ModelParameters("parameters", { ...place, url: null, models: [pinned], threads: 8 }, options),
    stdin: { ...sentPlace, url: null, models: [{ ...sentPinned, contextLength: null }], threads: 8 },
  },
  {
    what: "TaggedImage",
    name: "gateway-image",
    script: "tag-image.ts",
    rerun: false,
    program: (options) => new TaggedImage("gateway", namedImage, options),
    stdin: namedImage,
  },
  {
    what: "GpuCheck",
    name: "gpus-command",
    script: "check-gpu.ts",
    program: (options) => new GpuCheck("gpus", { imageId: "sha256:image", gpus: { kind: "count", count: 1 } }, options),
    stdin: { image: "sha256:image", gpus: { kind: "count", count: 1 } },
  },
];

describe("a component that runs a command", () => {
  it.each(cases)("$what declares itself and one command", async ({ program }) => {
    const { resources } = await declare(program);
    expect(resources.map(({ type }) => type.startsWith("gemma:index:"))).toEqual([true, false]);
  });

  it.each(cases)(
    "$what runs $script by a path that is the same on every machine",
    async ({ program, name, script, rerun = true }) => {
      const { resources } = await declare(program);
      const command = only(resources, "command:local:Command");
      const { stdin, ...inputs } = command.inputs;
      expect(typeof stdin).toBe("string");
      expect([command.name, inputs]).toEqual([
        name,
        {
          create: `node --use-system-ca --use-env-proxy commands/${script}`,
          ...(rerun && { environment: codeEnvironment(script) }),
          logging: "stdoutAndStderr",
        },
      ]);
    },
  );

  it.each(cases)("$what sends exactly the input of its command", async ({ program, stdin }) => {
    const { resources } = await declare(program);
    expect(JSON.parse(only(resources, "command:local:Command").inputs["stdin"] as string)).toEqual(stdin);
  });

  it("ModelPull gives the digests that its command prints, a line each", async () => {
    const args = { ...pull, models: [loose, pinned] };
    const printed = { "models-command": { stdout: "sha256:1\nsha256:2\n" } };
    const { result } = await declare((options) => new ModelPull("models", args, options), printed);
    expect(await valueOf(result.digests)).toEqual(["sha256:1", "sha256:2"]);
  });

  it("TaggedImage gives the ID that its command prints", async () => {
    const { result } = await declare((options) => new TaggedImage("gateway", namedImage, options));
    expect(await valueOf(result.imageId)).toBe("stdout-1");
  });

  it("ReadinessGate gives its input for running the gate again", async () => {
    const args = { ...place, ...readiness };
    const { result } = await declare((options) => new ReadinessGate("readiness", args, options));
    expect(await valueOf(result.input)).toEqual({ ...sentPlace, ...readiness });
  });
});
