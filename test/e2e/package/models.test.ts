import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  bundle,
  configOf,
  embeddedStack,
  manifestOf,
  otherBase,
  removeTestImages,
  stack,
} from "../../support/bundle.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { embeddingModel, model } from "../../support/fixtures.ts";
import { Project, type StackConfig } from "../../support/project.ts";
import { run } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18504;
const url = `http://127.0.0.1:${port}`;
const newBase = "localhost/gemma/test-new-base:models";
const chat = { name: model, digest: registry.digest };
const embedding = { name: embeddingModel, digest: registry.embedding.digest, for: ["embedding"] };

describeWithEngine("packages of one model, of two, and of the other one", () => {
  let folder: string;
  let project: Project;
  let host: ClosedHost;
  let config: StackConfig;

  const place = (name: string) => join(folder, name);
  const make = async (name: string, keys: StackConfig, since?: string) => {
    await project.writeStack(stack, { ...config, ...keys });
    const delta = since === undefined ? [] : ["--since", join(place(since), "manifest.json")];
    const { status, output } = await bundle(project, place(name), "--skip-rehearsal", ...delta);
    expect(status, output).toBe(0);
    return manifestOf(place(name));
  };
  const bytesOf = async (name: string) =>
    Object.values((await manifestOf(place(name))).files).reduce((sum, { size }) => sum + size, 0);
  const script = (name: string, ...args: string[]) =>
    host.script(place(name), "deploy.sh", "--allow-unsigned", ...args);
  const deploy = async (name: string) => {
    const { status, output } = await script(name);
    expect(status, output).toBe(0);
    return output;
  };
  const imageServed = async () => {
    const [container = ""] = await host.containers("ollama-container");
    const image = await host.must("docker", "inspect", "--format", "{{.Image}}", container);
    return configOf(image, (...args) => host.must("sh", ...args));
  };
  const embeds = async () => {
    const body = JSON.stringify({ model: embeddingModel, input: "hello" });
    const answer = await host.must("curl", "-sS", "--max-time", "120", `${url}/api/embed`, "-d", body);
    return (JSON.parse(answer) as { embeddings?: number[][]; error?: string }).embeddings?.[0]?.length;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-models-"));
    project = await Project.create();
    config = { ...(await embeddedStack(registry, port)), ollama: { maxLoadedModels: 2 } };
    host = await ClosedHost.start();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await project.remove();
    await rm(folder, { recursive: true, force: true });
    await removeTestImages();
    await run("docker", ["rmi", newBase]);
  });

  it("brings one model", async () => {
    await make("one", { models: [chat] });
    await deploy("one");
    expect(await host.ask(url, model)).toContain("Paris");
    expect(await embeds()).toBeUndefined();
  });

  it("adds another with that one's bytes and 1.2 MB at most, in the same image as a complete package", async () => {
    const two = { models: [chat, embedding] };
    const delta = await make("two", two, "one");
    expect(await bytesOf("two")).toBeLessThan(registry.embedding.bytes + 1_200_000);
    process.stdout.write(
      `a delta for one more model: ${await bytesOf("two")} bytes, the model ${registry.embedding.bytes}\n`,
    );
    const complete = await make("complete", two);
    expect(delta.images[0]?.id).toBe(complete.images[0]?.id);
    expect(delta.images[0]?.layers.map(({ files }) => files.length > 0)).toEqual([false, true, false, true]);

    expect(await deploy("two")).toMatch(/model embeds: minilm:22m/);
    expect(await imageServed()).toBe(complete.images[0]?.id);
    expect(await host.ask(url, model)).toContain("Paris");
    expect(await embeds()).toBe(384);
  });

  it("changes the server without any weights", async () => {
    const base = { models: [chat, embedding], baseImage: await otherBase(newBase) };
    const delta = await make("base", base, "two");
    expect(delta.images[0]?.layers.slice(0, 2).map(({ files }) => files)).toEqual([[], []]);
    await deploy("base");
    expect(await imageServed()).toBe(delta.images[0]?.id);
    expect(await embeds()).toBe(384);
  });

  it("takes the first one out without any weights, in the same image as a complete package", async () => {
    const other = { models: [embedding], baseImage: await otherBase(newBase) };
    const delta = await make("other", other, "base");
    expect(delta.images[0]?.layers[0]?.files).toEqual([]);
    process.stdout.write(`a delta that takes a model out: ${await bytesOf("other")} bytes\n`);
    expect(await bytesOf("other")).toBeLessThan(1_200_000);
    const complete = await make("other-complete", other);
    expect(delta.images[0]?.id).toBe(complete.images[0]?.id);
    await deploy("other");
    expect(await imageServed()).toBe(complete.images[0]?.id);
    expect(await embeds()).toBe(384);
    expect(await host.ask(url, model)).toContain("not found");
  });

  it("names the model whose weights are damaged", async () => {
    const { images } = await manifestOf(place("complete"));
    const [file = ""] = images[0]?.layers[1]?.files ?? [];
    const bytes = await readFile(join(place("complete"), file));
    await writeFile(join(place("complete"), file), Buffer.concat([bytes.subarray(0, -1), Buffer.from("x")]));
    const { status, output } = await host.script(place("complete"), "verify.sh", "--allow-unsigned");
    expect(output).toMatch(new RegExp(`${file} is damaged: its sha256 is .* \\(weights of ${embeddingModel}\\)`));
    expect(status).toBe(exitStatus.untrusted);
    await writeFile(join(place("complete"), file), bytes);
  });

  it("goes back to both, and forward again to one", async () => {
    const data = (...args: string[]) => host.run("bash", join(host.data, "current/deploy.sh"), ...args);
    const back = await data("--rollback");
    expect(back.status, back.output).toBe(0);
    expect(await host.ask(url, model)).toContain("Paris");
    expect(await embeds()).toBe(384);
    const forward = await data("--rollback");
    expect(forward.status, forward.output).toBe(0);
    expect(await host.ask(url, model)).toContain("not found");
    expect(await embeds()).toBe(384);
  });

  it("tells in its SBOM, its licences and its status of each model", async () => {
    const { files } = await manifestOf(place("complete"));
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(["licenses/models/smollm2/135m/LICENSE", "licenses/models/minilm/22m/LICENSE"]),
    );
    const status = await host.must("bash", join(host.data, "current/deploy.sh"), "--status");
    expect(status).toContain(embeddingModel);
  });
});
