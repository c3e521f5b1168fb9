import { parseConfig } from "../../../config/parse.ts";
import type { RawConfig } from "../../../config/problems.ts";
import type { StackConfig } from "../../../config/schema.ts";

/** The digest that config/models.json has for gemma3n:e4b. */
export const e4bDigest = "sha256:15cb39fd9394fd2549f6df9081cfc84dd134ecf2c9c5be911e5629920489ac32";

/** A configuration without any problem, as text the way Pulumi hands it over. */
export const validConfig: RawConfig = {
  models: [{ name: "gemma3n:e4b", digest: e4bDigest }],
  registry: "https://registry.ollama.ai",
  delivery: "pull",
  baseImage: "ollama/ollama:0.33.3",
  address: "127.0.0.1",
  port: "11434",
  network: {},
  gateway: {},
  replacement: "auto",
  volume: { name: "ollama-models" },
  memory: "0",
  memoryReservation: "0",
  shmSize: "64m",
  cpus: "0",
  gpus: "none",
  restart: "unless-stopped",
  logging: {},
  ollama: {},
  readiness: {},
};

/** What is wrong with the valid configuration after a change, as `path: message`. */
export function problemsOf(change: RawConfig): string[] {
  const { problems = [] } = parseConfig({ ...validConfig, ...change });
  return problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** The valid configuration after a change, parsed; throws when the change is not valid. */
export function parsed(change: RawConfig): StackConfig {
  const { config, problems } = parseConfig({ ...validConfig, ...change });
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
}
