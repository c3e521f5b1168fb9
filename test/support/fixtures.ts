import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectFolder } from "../../support/project-folder.ts";
import { formatBytes } from "../../support/units.ts";
import { parseManifest, totalSize } from "../../ollama/manifest.ts";
import { freePort } from "./free-port.ts";
import { docker, run } from "./shell.ts";

/** Images the tests run. */
export const ollamaImage = "ollama/ollama:0.33.3";
/** The last series with another engine, for what is promised about older versions. */
export const oldOllamaImage = "ollama/ollama:0.17.4";
export const registryImage = "registry:3.1.2";
export const haproxyImage = "haproxy:3.2.26";
/** What gateways of earlier versions were. */
export const caddyImage = "caddy:2.11.9";

/** Node, as {@link importNodeImage} makes it. */
export const nodeImage = "localhost/gemma-test/node:24";

/** All of them that are loaded or pulled. */
export const testImages: readonly string[] = [ollamaImage, oldOllamaImage, registryImage, caddyImage, haproxyImage];

/** A small real model as a file. */
export const modelFile = resolve(
  process.env["TEST_MODEL"] ?? join(projectFolder, "..", "shared", "models", "SmolLM2-135M-Instruct.Q4_1.gguf"),
);

/** Name of the model in the tests' registry. */
export const model = "smollm2:135m";

/** A small real model that makes vectors of 384 numbers, as a file. */
export const embeddingFile = join(dirname(modelFile), "all-MiniLM-L6-v2.Q4_K_M.gguf");

/** Its name in the tests' registry, which the catalogue does not know: other bytes than those of the library stand there. */
export const embeddingModel = "minilm:22m";

/** What the library calls the tests' models. */
const inLibrary: Readonly<Record<string, string>> = { [model]: model, [embeddingModel]: "all-minilm:22m" };

/** A model in the tests' registry. */
export interface RegistryModel {
  /** Digest of the model's manifest. */
  readonly digest: string;
  /** The model's largest blob. */
  readonly weights: { readonly digest: string; readonly size: number };
  /** Size of all blobs, bytes. */
  readonly bytes: number;
  /** The same as messages write it. */
  readonly size: string;
  /** Text of the model's licence. */
  readonly license: string;
}

/** A registry that holds the model, and the one that makes vectors. */
export interface TestRegistry extends RegistryModel {
  /** URL on loopback. */
  readonly url: string;
  readonly container: string;
  readonly embedding: RegistryModel;
}

const licenseText = "Apache License 2.0, for the tests";

/** Options of `docker run` with which {@link creation} finds the file. */
export function creationMount(): readonly string[] {
  return existsSync(modelFile) ? ["-v", `${dirname(modelFile)}:/gguf:ro`] : [];
}

/** Commands that bring a model into an Ollama: from its file, else from Ollama's library. */
export function creation(name = model, file = modelFile): readonly string[] {
  if (!existsSync(file)) {
    const known = inLibrary[name] ?? name;
    return [`ollama pull ${known}`, ...(known === name ? [] : [`ollama cp ${known} ${name}`])];
  }
  return [
    `printf 'FROM /gguf/${basename(file)}\\nLICENSE """${licenseText}"""\\n' > /Modelfile`,
    `ollama create ${name} -f /Modelfile`,
  ];
}

/** Has a real Ollama push the models into a registry. */
async function pushModels(registry: string): Promise<void> {
  // Published models have manifests as it makes them; a newer one writes the weights anew, which takes twice as long.
  const network = ["--network", `container:${registry}`];
  const seeder = await docker("run", "-d", ...network, ...creationMount(), oldOllamaImage);
  const push = (name: string) => {
    const target = `http://127.0.0.1:5000/library/${name}`;
    return [`ollama cp ${name} ${target}`, `ollama push --insecure ${target}`];
  };
  const steps = [
    "until ollama list; do sleep 1; done",
    ...[...creation(), ...push(model)],
    ...[...creation(embeddingModel, embeddingFile), ...push(embeddingModel)],
  ];
  await docker("exec", seeder, "sh", "-ec", steps.join("\n"));
  await removeContainer(seeder);
}

/** Starts a registry on loopback that holds the models. */
export async function startRegistry(): Promise<TestRegistry> {
  const port = await freePort();
  const publish = `127.0.0.1:${port}:5000`;
  const container = await docker("run", "-d", "-p", publish, "-e", "OTEL_TRACES_EXPORTER=none", registryImage);
  await pushModels(container);
  const url = `http://127.0.0.1:${port}`;
  return { url, container, ...(await inRegistry(url, model)), embedding: await inRegistry(url, embeddingModel) };
}

async function inRegistry(url: string, name: string): Promise<RegistryModel> {
  const [repository = "", tag = ""] = name.split(":");
  const place = `${url}/v2/library/${repository}`;
  const manifest = parseManifest(await (await fetch(`${place}/manifests/${tag}`)).text(), url);
  const layer = (kind: string) => {
    const found = manifest.blobs.find((blob) => blob.mediaType.endsWith(kind));
    if (found === undefined) throw new Error(`the test model ${name} has no ${kind}`);
    return found;
  };
  const license = await (await fetch(`${place}/blobs/${layer("image.license").digest}`)).text();
  const bytes = totalSize(manifest);
  return { digest: manifest.digest, weights: layer("image.model"), bytes, size: formatBytes(bytes), license };
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
  for (const image of testImages) {
    const present = async () => (await run("docker", ["image", "inspect", image])).status === 0;
    if (!(await present())) await run("docker", ["pull", "--quiet", image]);
    if (!(await present())) return `the image ${image} is neither loaded nor to be pulled`;
  }
  if (existsSync(modelFile)) return undefined;
  const library = "https://registry.ollama.ai/v2/library/smollm2/manifests/135m";
  const answer = await fetch(library, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (answer?.ok) return undefined;
  return `there is no test model at ${modelFile}, nor a way to Ollama's library; set TEST_MODEL to a GGUF file`;
}
