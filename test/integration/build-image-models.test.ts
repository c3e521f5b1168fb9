import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { BuildInput } from "../../components/embedded-image.ts";
import { imageName, type EmbeddedModel } from "../../docker/identity.ts";
import { OllamaClient } from "../../ollama/client.ts";
import { imageId, removeTestImages } from "../support/bundle.ts";
import { ask } from "../support/container.ts";
import { embeddingModel, model, ollamaImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";

const registry = inject("registry");
const chat = { name: model, digest: registry.digest, license: "Apache-2.0", notice: null, contextLength: null };
const embedding = {
  ...{ name: embeddingModel, digest: registry.embedding.digest },
  ...{ license: "Apache-2.0", notice: "Made smaller", contextLength: null },
};
const withContext = { ...chat, contextLength: 640 };

describe("the image with two models inside", () => {
  let project: Project;
  let base: string;

  beforeAll(async () => {
    project = await Project.create();
    base = await imageId(ollamaImage);
    const models = [chat, embedding].map(({ name, digest }) => ({ name, digest }));
    const config = { models, registry: registry.url, delivery: "embedded", baseImage: base };
    await project.writeStack("image", { ...config, ollama: { maxLoadedModels: 2 } });
  });

  afterAll(async () => {
    await removeTestImages();
    await run("docker", ["rmi", "-f", inputFor([embedding, chat]).image]);
    await project.remove();
  });

  const inputFor = (models: readonly EmbeddedModel[]): BuildInput => {
    const contents = { baseImage: base, models };
    return { ...contents, image: imageName(contents) };
  };
  const build = (...models: readonly EmbeddedModel[]) => project.command("build-image.ts", inputFor(models));
  const layers = async (image: string) =>
    JSON.parse(await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)) as string[];
  const layersOf = (...models: readonly EmbeddedModel[]) => layers(inputFor(models).image);

  /** Starts a server of the image that a test made of some models, and asks it. */
  async function serving<Result>(
    models: readonly EmbeddedModel[],
    work: (client: OllamaClient, url: string, container: string) => Promise<Result>,
  ) {
    const port = await freePort();
    const published = ["-p", `127.0.0.1:${port}:11434`, "-e", "OLLAMA_MODELS=/models", "-e", "OLLAMA_NOPRUNE=1"];
    const container = await docker("run", "-d", ...published, inputFor(models).image);
    const url = `http://127.0.0.1:${port}`;
    try {
      await expect
        .poll(
          () =>
            fetch(url).then(
              ({ ok }) => ok,
              () => false,
            ),
          { timeout: 30_000 },
        )
        .toBe(true);
      return await work(new OllamaClient(url), url, container);
    } finally {
      await removeContainer(container);
    }
  }
  const digests = async (client: OllamaClient) =>
    Object.fromEntries((await client.tags()).map(({ name, digest }) => [name, `sha256:${digest}`]));
  const vector = async (client: OllamaClient) => (await client.embed(embeddingModel, "hello"))[0]?.length;

  it("is built of both, as they were staged", async () => {
    const staged = await project.run("npm", ["run", "stage", "-s", "image"]);
    for (const { name, digest } of [chat, embedding]) expect(staged.stdout).toContain(`${name} ${digest} is staged: `);
    const { status, stdout, stderr } = await build(chat, embedding);
    const { image } = inputFor([chat, embedding]);
    expect(image).toMatch(/^localhost\/gemma\/smollm2:135m-[0-9a-f]{12}$/);
    expect(stderr).toMatch(new RegExp(`Building ${image}: [0-9.]+ MiB of ${model}, ${embeddingModel} below ${base}\n`));
    expect(stdout).toBe(await docker("image", "inspect", "--format", "{{.Id}}", image));
    expect(status).toBe(0);
    expect((await build(chat, embedding)).stderr).toBe(`${image} is in the engine; nothing to build\n`);
  });

  it("has one layer of each below those of the base, and the licences on top", async () => {
    const all = await layersOf(chat, embedding);
    expect(all.slice(2, -1)).toEqual(await layers(ollamaImage));
    const { image } = inputFor([chat, embedding]);
    const label = (name: string) => docker("image", "inspect", "--format", `{{index .Config.Labels "${name}"}}`, image);
    expect(await label("io.chatgemma.model")).toBe(`${model} ${embeddingModel}`);
    expect(await label("io.chatgemma.model.digest")).toBe(`${registry.digest} ${registry.embedding.digest}`);
    const files = "cd /licenses; for file in */*/*; do echo $file; done";
    expect(await docker("run", "--rm", "--entrypoint", "sh", image, "-c", files)).toBe(
      "minilm/22m/LICENSE\nminilm/22m/NOTICE\nsmollm2/135m/LICENSE",
    );
    const show = (file: string) => docker("run", "--rm", "--entrypoint", "cat", image, `/licenses/${file}`);
    expect(await show("smollm2/135m/LICENSE")).toBe(registry.license.trim());
    expect(await show("minilm/22m/NOTICE")).toBe("Made smaller");
  });

  it("serves both", async () => {
    await serving([chat, embedding], async (client, url) => {
      expect(await digests(client)).toEqual({ [model]: chat.digest, [embeddingModel]: embedding.digest });
      expect(await ask(url, model)).toContain("Paris");
      expect(await vector(client)).toBe(384);
    });
  });

  it("of one of them has that one's layer, the same as in the image of both", async () => {
    expect((await build(chat)).status).toBe(0);
    const [first] = await layersOf(chat, embedding);
    expect((await layersOf(chat))[0]).toBe(first);
    await serving([chat], async (client) => {
      expect(await digests(client)).toEqual({ [model]: chat.digest });
    });
  });

  it("in the other order serves both, too", async () => {
    expect((await build(embedding, chat)).status).toBe(0);
    expect(inputFor([embedding, chat]).image).toMatch(/^localhost\/gemma\/minilm:22m-/);
    await serving([embedding, chat], async (client, url) => {
      expect(await ask(url, model)).toContain("Paris");
      expect(await vector(client)).toBe(384);
    });
  });

  it("has a context of a model's own, with which it is loaded, on the same weights, and that model unchanged", async () => {
    expect((await build(withContext, embedding)).status).toBe(0);
    const [before, after] = [await layersOf(chat, embedding), await layersOf(withContext, embedding)];
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
    await serving([withContext, embedding], async (client, url, container) => {
      const { [model]: derived, ...others } = await digests(client);
      expect(derived).not.toBe(chat.digest);
      expect(others).toEqual({ [`pinned/${model}`]: chat.digest, [embeddingModel]: embedding.digest });
      const models = [withContext, embedding].map(({ name, digest, contextLength }) => ({
        model: name,
        digest,
        contextLength,
      }));
      const input = { url, container, models, threads: null };
      expect((await project.command("set-parameters.ts", input)).stdout).toContain(`${model}: num_ctx 640 `);
      expect((await digests(client))[model]).toBe(derived);
      expect(await client.parameters(model)).toMatch(/^num_ctx +640$/m);
      expect(await client.parameters(`pinned/${model}`)).not.toContain("num_ctx");
      expect(await ask(url, model)).toContain("Paris");
      expect((await client.ps()).map(({ name, context_length: context }) => [name, context])).toEqual([[model, 640]]);
    });
  });

  it("names a damaged blob with its model, and leaves no image", async () => {
    const { weights } = registry.embedding;
    const file = join(project.folder, "staged/models/blobs", weights.digest.replace(":", "-"));
    const good = await readFile(file);
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(5_000_000) ^ 1, 5_000_000);
    await writeFile(file, bad);
    const damaged = { ...embedding, notice: "Damaged" };
    const { status, stdout, stderr } = await build(chat, damaged);
    await writeFile(file, good);
    expect(stderr).toMatch(
      new RegExp(
        `The blob ${weights.digest} of ${embeddingModel} in .* is damaged: its content has the digest sha256:[0-9a-f]{64}\n$`,
      ),
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect((await run("docker", ["image", "inspect", inputFor([chat, damaged]).image])).status).not.toBe(0);
  });

  it("is not built where one of them is not staged", async () => {
    await must("rm", ["-r", join(project.folder, "staged/models/manifests/registry.ollama.ai/library/minilm")]);
    const missing = { ...embedding, notice: "Not there" };
    const { status, stderr } = await build(chat, missing);
    expect(stderr).toContain(
      `The image ${inputFor([chat, missing]).image} is not in the engine, and ${embeddingModel} is not staged to build it from: `,
    );
    expect(status).toBe(1);
  });
});
