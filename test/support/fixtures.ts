import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectFolder } from "../../commands/support/pulumi.ts";
import { docker, run } from "./shell.ts";
import { freePort } from "./free-port.ts";

/** Images the tests run. */
export const ollamaImage = "ollama/ollama:0.17.4";
export const registryImage = "registry:3.1.2";

/** A small real model as a file. */
export const modelFile = resolve(
  process.env["TEST_MODEL"] ?? join(projectFolder, "..", "shared", "models", "SmolLM2-135M-Instruct.Q4_1.gguf"),
);

/** Name of the model in the tests' registry. */
export const model = "smollm2:135m";

/** A registry that holds the model. */
export interface TestRegistry {
  /** URL on loopback. */
  readonly url: string;
  readonly container: string;
  /** Digest of the model's manifest. */
  readonly digest: string;
  /** Bytes of the model's largest blob. */
  readonly weights: { readonly digest: string; readonly size: number };
}

interface ManifestJson {
  readonly layers: readonly { readonly digest: string; readonly size: number; readonly mediaType: string }[];
}

/** Text of the licence layer that the test model carries. */
export const licenseText = "Apache License 2.0, for the tests";

/** Starts a registry on loopback and pushes the model into it with a real Ollama. */
export async function startRegistry(): Promise<TestRegistry> {
  const port = await freePort();
  const container = await docker(
    "run",
    "-d",
    "-p",
    `127.0.0.1:${port}:5000`,
    "-e",
    "OTEL_TRACES_EXPORTER=none",
    registryImage,
  );
  const folder = dirname(modelFile);
  const seeder = await docker(
    "run",
    "-d",
    "--network",
    `container:${container}`,
    "-v",
    `${folder}:/gguf:ro`,
    ollamaImage,
  );
  const name = `http://127.0.0.1:5000/library/${model}`;
  const steps = [
    `printf 'FROM /gguf/${modelFile.slice(folder.length + 1)}\\nLICENSE """${licenseText}"""\\n' > /Modelfile`,
    "until ollama list; do sleep 1; done",
    `ollama create ${model} -f /Modelfile`,
    `ollama cp ${model} ${name}`,
    `ollama push --insecure ${name}`,
  ];
  await docker("exec", seeder, "sh", "-ec", steps.join("\n"));
  await docker("rm", "-f", "-v", seeder);
  const url = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${url}/v2/library/smollm2/manifests/135m`);
  const digest = answer.headers.get("docker-content-digest") ?? "";
  const { layers } = (await answer.json()) as ManifestJson;
  const weights = layers.find((layer) => layer.mediaType.endsWith("image.model"));
  if (weights === undefined) throw new Error("the test model has no weights");
  return { url, container, digest, weights };
}

/** Requests for blobs that the registry has answered with content. */
export async function blobRequests(registry: TestRegistry): Promise<number> {
  // Its log trails the answers a little.
  await sleep(500);
  const { output } = await run("docker", ["logs", registry.container]);
  return output.split("\n").filter((line) => /"GET \/v2\/.*\/blobs\//.test(line)).length;
}

/** Removes a container, its anonymous volumes too. */
export async function removeContainer(container: string): Promise<void> {
  await run("docker", ["rm", "-f", "-v", container]);
}

/** Why the tests with Docker cannot run, undefined when they can. */
export async function missingForDocker(): Promise<string | undefined> {
  const { status, output } = await run("docker", ["version", "--format", "{{.Server.Version}}"]);
  if (status !== 0) return `Docker does not answer (${output.trim().split("\n").at(-1)})`;
  for (const image of [ollamaImage, registryImage]) {
    const present = async () => (await run("docker", ["image", "inspect", image])).status === 0;
    if (!(await present())) await run("docker", ["pull", "--quiet", image]);
    if (!(await present())) return `the image ${image} is neither loaded nor to be pulled`;
  }
  if (!existsSync(modelFile)) return `there is no test model at ${modelFile}; set TEST_MODEL to a GGUF file`;
  return undefined;
}
