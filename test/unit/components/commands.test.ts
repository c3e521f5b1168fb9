import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { GpuCheck } from "../../../components/gpu-check.ts";
import { ModelPull } from "../../../components/model-pull.ts";
import { ModelThreads } from "../../../components/model-threads.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { TaggedImage } from "../../../components/tagged-image.ts";
import { ReadinessGate } from "../../../components/readiness-gate.ts";
import { declare, only, valueOf } from "../support/pulumi-mocks.ts";

type Options = pulumi.ComponentResourceOptions;

const digest = `sha256:${"1".repeat(64)}`;
const server = { url: "http://127.0.0.1:11434", containerId: "container-id", model: "gemma3n:e4b" };
const sent = { url: "http://127.0.0.1:11434", container: "container-id", model: "gemma3n:e4b" };
const internal = { ...server, url: null };
const sentInternal = { ...sent, url: null };
const probe = { prompt: "The capital of France is", pattern: "Paris", minTokensPerSecond: 5, requireGpu: true };
const pull = { ...server, volumeName: "ollama-models", registry: "https://registry.ollama.ai" };
const sentPull = { ...sent, volume: "ollama-models", registry: "https://registry.ollama.ai" };

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
    what: "ModelPull with a digest",
    name: "model-command",
    script: "pull-model.ts",
    program: (options) => new ModelPull("model", { ...pull, digest }, options),
    stdin: { ...sentPull, digest },
  },
  {
    what: "ModelPull without a digest",
    name: "model-command",
    script: "pull-model.ts",
    program: (options) => new ModelPull("model", pull, options),
    stdin: { ...sentPull, digest: null },
  },
  {
    what: "ModelThreads with threads",
    name: "threads-command",
    script: "set-threads.ts",
    program: (options) => new ModelThreads("threads", { ...server, digest, threads: 8 }, options),
    stdin: { ...sent, digest, threads: 8 },
  },
  {
    what: "ModelThreads without threads or digest",
    name: "threads-command",
    script: "set-threads.ts",
    program: (options) => new ModelThreads("threads", server, options),
    stdin: { ...sent, digest: null, threads: null },
  },
  {
    what: "ReadinessGate",
    name: "readiness-command",
    script: "gate.ts",
    program: (options) => new ReadinessGate("readiness", { ...server, ...probe, digest, timeout: 300 }, options),
    stdin: { ...sent, ...probe, digest, timeout: 300 },
  },
  {
    what: "ReadinessGate without a digest",
    name: "readiness-command",
    script: "gate.ts",
    program: (options) => new ReadinessGate("readiness", { ...server, ...probe, timeout: 300 }, options),
    stdin: { ...sent, ...probe, digest: null, timeout: 300 },
  },
  {
    what: "ReadinessGate of a server that publishes nothing",
    name: "readiness-command",
    script: "gate.ts",
    program: (options) => new ReadinessGate("readiness", { ...internal, ...probe, digest, timeout: 300 }, options),
    stdin: { ...sentInternal, ...probe, digest, timeout: 300 },
  },
  {
    what: "ModelThreads of a server that publishes nothing",
    name: "threads-command",
    script: "set-threads.ts",
    program: (options) => new ModelThreads("threads", { ...internal, digest, threads: 8 }, options),
    stdin: { ...sentInternal, digest, threads: 8 },
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

  it("ModelPull gives the digest that its command prints", async () => {
    const { result } = await declare((options) => new ModelPull("model", pull, options));
    expect(await valueOf(result.digest)).toBe("stdout-1");
  });

  it("TaggedImage gives the ID that its command prints", async () => {
    const { result } = await declare((options) => new TaggedImage("gateway", namedImage, options));
    expect(await valueOf(result.imageId)).toBe("stdout-1");
  });

  it("ReadinessGate gives its input for running the gate again", async () => {
    const args = { ...server, ...probe, digest, timeout: 300 };
    const { result } = await declare((options) => new ReadinessGate("readiness", args, options));
    expect(await valueOf(result.input)).toEqual({ ...sent, ...probe, digest, timeout: 300 });
  });
});
