import { isIP } from "node:net";
import { z } from "zod";
import {
  boolean,
  decimal,
  digest,
  duration,
  image,
  integer,
  keepAlive,
  modelName,
  plainText,
  positiveSeconds,
  sizeMiB,
  word,
} from "./primitives.ts";
import { environmentVariables } from "./environment.ts";
import { gateway } from "./gateway.ts";
import { gpuReservation } from "./gpu-reservation.ts";

const registry = z
  .string({ error: "write an http(s) URL without a path, for example https://registry.ollama.ai" })
  .refine((value) => /^https?:\/\/[^/\s@]+$/.test(value) && URL.canParse(value), {
    error: "write an http(s) URL without a path or credentials, for example https://registry.ollama.ai",
    abort: true,
  })
  .refine((value) => {
    const { protocol, hostname } = new URL(value);
    return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  }, "use https: plain http is accepted for a registry on loopback only");

/** The expected answer of the readiness gate. */
const pattern = z
  .string({ error: "write a regular expression, for example Paris" })
  .min(1, "write a regular expression, for example Paris")
  .refine(isRegularExpression, "write a valid regular expression, for example Paris");

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Tuning of the server; every key is the camel-cased name of the variable it sets. */
const ollama = z.strictObject({
  origins: z.array(plainText, { error: "write a list of origins, for example [http://localhost:8080]" }).default([]),
  numParallel: integer(1).default(1),
  maxLoadedModels: integer(1).default(1),
  keepAlive: keepAlive.default("5m"),
  maxQueue: integer(1).default(512),
  loadTimeout: duration.default("5m"),
  contextLength: integer(256).default(8192),
  threads: integer(1).optional(),
  flashAttention: word(["auto", "on", "off"]).default("auto"),
  kvCacheType: word(["f16", "q8_0", "q4_0"]).default("f16"),
  cacheRam: sizeMiB.default(512),
  gpuOverhead: sizeMiB.default(0),
  noCloud: boolean().default(true),
  debug: boolean().default(false),
  env: environmentVariables.default({}),
});

const model = z.strictObject({ name: modelName, digest: digest.optional() });

const volume = z.strictObject({
  name: z
    .string({ error: "write a volume name" })
    .regex(
      /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/,
      "write letters, digits, '_', '.' and '-', two or more, a letter or digit first",
    ),
  retainOnDelete: boolean().default(true),
});

const network = z.strictObject({ internal: boolean().default(false) });

const logging = z.strictObject({ maxSize: sizeMiB.default(10), maxFile: integer(1).default(3) });

const readiness = z.strictObject({
  prompt: z
    .string({ error: "write the prompt as text" })
    .min(1, "write the prompt as text")
    .default("The capital of France is"),
  pattern: pattern.default("Paris"),
  timeout: positiveSeconds.default(300),
  minTokensPerSecond: decimal().default(1),
  requireGpu: boolean().default(false),
});

/**
 * The configuration of one stack. Keys stand in the order in which Pulumi.yaml describes them.
 *
 * Sizes come out in MiB, the time limit of the gate in seconds; durations meant for Ollama stay as written.
 */
export const configSchema = z.strictObject({
  model,
  registry: registry.default("https://registry.ollama.ai"),
  delivery: word(["pull", "embedded"]),
  baseImage: image,
  address: z.string().refine((value) => isIP(value) !== 0, "write an IP address, for example 127.0.0.1"),
  port: integer(0, 65535),
  network,
  gateway,
  replacement: word(["auto", "recreate", "start-first"]),
  volume,
  memory: sizeMiB,
  memoryReservation: sizeMiB,
  shmSize: sizeMiB.refine((size) => size >= 1, "write 1m or more; Docker's own default is 64m"),
  cpus: decimal(),
  gpus: gpuReservation,
  restart: word(["no", "on-failure", "always", "unless-stopped"]),
  logging,
  ollama,
  readiness,
});

/** A stack's configuration, checked key by key; the rules between keys are in rules.ts. */
export type StackConfig = z.infer<typeof configSchema>;
