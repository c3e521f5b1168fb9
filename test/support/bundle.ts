import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { labelFilters, stackLabels } from "../../engine/stack-labels.ts";
import { bundledVersion } from "../../components/bundled-version.ts";
import { gatewayImageName, programImageName } from "../../docker/identity.ts";
import { readManifest, type ReadManifest } from "../../offline/package/manifest.ts";
import { sha256 } from "../../support/hashing.ts";
import { blobPath, manifestPath } from "../../ollama/name.ts";
import { modelName } from "../../config/model-name.ts";
import { hashFile } from "../../support/hashing.ts";
import { haproxyImage, model, nodeImage, ollamaImage, type TestRegistry } from "./fixtures.ts";
import type { Project, StackConfig } from "./project.ts";
import { docker, must, run, type Result } from "./shell.ts";
import { smallServer } from "./stack.ts";

/** Stack that the packages of the tests are made of. */
export const stack = "prod";

/** Configuration of a stack with the tests' model in its image. */
export async function embeddedStack(registry: TestRegistry, port: number): Promise<StackConfig> {
  return {
    models: [{ name: model, digest: registry.digest }],
    registry: registry.url,
    delivery: "embedded",
    baseImage: await imageId(ollamaImage),
    port,
    ...smallServer,
  };
}

/** Digest of the configuration of an image, which is its ID in an engine that stores layers. */
export function imageId(image: string): Promise<string> {
  return configOf(image, (...args) => must("sh", args));
}

/** As {@link imageId}, of an engine that a shell reaches. */
export async function configOf(image: string, shell: (...args: string[]) => Promise<string>): Promise<string> {
  const manifest = await shell("-c", `docker save '${image}' | tar --extract --to-stdout manifest.json`);
  const [{ Config }] = JSON.parse(manifest) as [{ readonly Config: string }];
  return `sha256:${/[0-9a-f]{64}/.exec(Config)?.[0] ?? ""}`;
}

/** Runs the bundle command. */
export function bundle(project: Project, out: string, ...args: string[]): Promise<Result> {
  return project.run("npm", ["run", "bundle", "-s", stack, "--", "--out", out, ...args]);
}

/** Containers and networks that trials of a project have left in the engine. */
export async function leftOfTrials({ folder }: Project, trial = "rehearsal"): Promise<string[]> {
  const backend = `file://${folder}/staged/${trial}/state`;
  const filters = labelFilters(stackLabels({ project: "gemma", stack: "trial", backend, folder }));
  const left = [
    await docker("ps", "--all", "--format", "{{.Names}}", ...filters),
    await docker("network", "ls", "--format", "{{.Name}}", ...filters),
  ];
  return left.flatMap((names) => names.split("\n")).filter((name) => name !== "");
}

/** The manifest of a package. */
export function manifestOf(folder: string): Promise<ReadManifest> {
  return readManifest(folder);
}

/** A manifest without what differs from one making of the same package to the next. */
export async function lastingManifest(folder: string): Promise<object> {
  const { needs, files, ...manifest } = await manifestOf(folder);
  const { "sbom.cdx.json": sbom, ...others } = files;
  return {
    ...manifest,
    text: "",
    digest: "",
    created: "",
    needs: { ...needs, created: "" },
    files: others,
    sbom: sbom?.size,
  };
}

/** Makes a key for signing in a folder, and a list that allows it. */
export async function signingKey(folder: string, name: string): Promise<{ key: string; allowed: string }> {
  const key = join(folder, name);
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
  const allowed = `${key}.allowed`;
  await must("sh", ["-c", `printf '%s ' ${name}@example.org | cat - ${key}.pub > ${allowed}`]);
  return { key, allowed };
}

/** An image like the test's Ollama with another file in it, as a new version of it would be. */
export async function otherBase(name: string): Promise<string> {
  const container = await docker("create", ollamaImage);
  await must("sh", ["-c", `echo ${name} | docker cp /etc/hostname ${container}:/changed`]);
  await docker("commit", "--change", "ENV CHANGED=yes", container, name);
  await docker("rm", container);
  return imageId(name);
}

/** A layer that Ollama does not look at. */
const paddingType = "application/vnd.chatgemma.padding";

/** Stages the tests' model with incompressible bytes beside its weights: it answers the same and is as large as wanted. */
export async function stagePadded(project: Project, bytes: number): Promise<{ digest: string; blob: string }> {
  await must("node", ["commands/stage.ts", stack], { cwd: project.folder });
  const store = join(project.folder, "staged/models");
  const file = join(store, "padding");
  await must("sh", ["-c", `head -c ${bytes} /dev/urandom > ${file}`]);
  const digest = await hashFile(file, () => undefined);
  const blob = join(store, blobPath(digest));
  await rename(file, blob);
  const path = join(store, manifestPath(modelName(model)));
  const manifest = JSON.parse(await readFile(path, "utf8")) as { layers: object[] };
  manifest.layers.push({ mediaType: paddingType, digest, size: bytes });
  const text = JSON.stringify(manifest);
  await writeFile(path, text);
  return { digest: sha256(text), blob };
}

/** Removes the images that packages of the tests' model were made from, and no others with a model inside. */
export async function removeTestImages(): Promise<void> {
  const repositories = [model.replace(/:.*/, ""), "test-*"].map((name) => `localhost/gemma/${name}`);
  const ids = await Promise.all(repositories.map((name) => docker("images", "--quiet", name)));
  const unique = new Set(ids.flatMap((lines) => lines.split("\n")).filter((id) => id !== ""));
  const image = await imageId(nodeImage);
  const programs = (["usher", "watcher"] as const).map((program) =>
    programImageName(program, { image, code: bundledVersion(program) }),
  );
  await run("docker", ["rmi", "-f", ...unique, gatewayImageName(await imageId(haproxyImage)), ...programs]);
}
