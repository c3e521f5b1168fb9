import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { BuildInput } from "../../components/embedded-image.ts";
import { imageName } from "../../docker/identity.ts";
import { imageId, removeTestImages } from "../support/bundle.ts";
import { blobRequests, model, ollamaImage } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { docker, run } from "../support/shell.ts";

const registry = inject("registry");
const otherBase = "localhost/gemma/test-base:1";

/** What an image has in another way. */
interface Changes {
  readonly baseImage?: string;
  readonly notice?: string;
}

describe("the image with the model inside", () => {
  let project: Project;
  let base: string;
  let weights: string;

  beforeAll(async () => {
    project = await Project.create();
    base = await imageId(ollamaImage);
    weights = join(project.folder, "staged/models/blobs", registry.weights.digest.replace(":", "-"));
    await project.writeStack("image", {
      models: [{ name: model, digest: registry.digest }],
      registry: registry.url,
      delivery: "embedded",
      baseImage: base,
    });
    const container = await docker("create", ollamaImage);
    const changes = ['ENV TRICKY="a \\"quoted\\" \\$HOME \\\\ value"', "WORKDIR /root", "EXPOSE 8080/udp"];
    await docker("commit", ...changes.flatMap((change) => ["--change", change]), container, otherBase);
    await docker("rm", container);
  });

  afterAll(async () => {
    await removeTestImages();
    await project.remove();
  });

  const inputFor = ({ baseImage = base, notice = "A notice" }: Changes = {}): BuildInput => {
    const embedded = { name: model, digest: registry.digest, license: null, notice, contextLength: null };
    const contents = { baseImage, models: [embedded] };
    return { ...contents, image: imageName(contents) };
  };
  const build = async (changes?: Changes) => project.command("build-image.ts", inputFor(changes));
  const layers = async (image: string) =>
    JSON.parse(await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)) as string[];
  const settings = async (image: string) => {
    const text = await docker("image", "inspect", "--format", "{{json .Config}}", image);
    const { Env, Entrypoint, Cmd, WorkingDir, User, ExposedPorts, StopSignal } = JSON.parse(text) as Record<
      string,
      object
    >;
    return { Env, Entrypoint, Cmd, WorkingDir, User, ExposedPorts, StopSignal };
  };

  it("is not built from nothing", async () => {
    const { image } = inputFor();
    const { status, stderr } = await build();
    expect(stderr).toBe(
      `The image ${image} is not in the engine, and ${model} is not staged to build it from: load the image with \`docker load\`, ` +
        "or stage the models with `npm run stage` on a machine that reaches the registry\n",
    );
    expect(status).toBe(1);
  });

  it("is built from a store that was staged once", async () => {
    const staged = await project.run("npm", ["run", "stage", "-s", "image"]);
    expect(staged.output).toContain(`${model} ${registry.digest} is staged: `);
    const requests = await blobRequests(registry);
    expect((await project.run("npm", ["run", "stage", "-s", "image"])).status).toBe(0);
    expect(await blobRequests(registry)).toBe(requests);

    const { image } = inputFor();
    const { status, stdout, stderr } = await build();
    expect(stderr).toContain(`Building ${image}: ${registry.size} of ${model} below ${base}`);
    expect(stdout).toBe(await docker("image", "inspect", "--format", "{{.Id}}", image));
    expect(status).toBe(0);
  });

  it("is not built again", async () => {
    const { image } = inputFor();
    const { status, stderr } = await build();
    expect(stderr).toBe(`${image} is in the engine; nothing to build\n`);
    expect(status).toBe(0);
  });

  it("loses the name that a killed run has left on its lowest layer, which would keep the weights for ever", async () => {
    const [lowest = ""] = await layers(inputFor().image);
    const left = `localhost/gemma/layer:${lowest.slice(-12)}`;
    await docker("tag", ollamaImage, left);
    expect((await build()).status).toBe(0);
    expect(await docker("images", "--quiet", left)).toBe("");
  });

  it("keeps the weights in the same lowest layer under another base and another notice", async () => {
    const [first] = await layers(inputFor().image);
    for (const changes of [{ baseImage: otherBase }, { notice: "Another notice" }]) {
      const { image } = inputFor(changes);
      expect((await build(changes)).status).toBe(0);
      expect((await layers(image))[0]).toBe(first);
    }
  });

  it("carries over every setting of the base exactly", async () => {
    const { image } = inputFor({ baseImage: otherBase });
    expect(await settings(image)).toEqual(await settings(otherBase));
    expect((await settings(image)).Env).toContain('TRICKY=a "quoted" $HOME \\ value');
  });

  it("contains the model's licence and notice", async () => {
    const { image } = inputFor();
    const show = (file: string) =>
      docker("run", "--rm", "--entrypoint", "cat", image, `/licenses/smollm2/135m/${file}`);
    expect(await show("LICENSE")).toBe(registry.license.trim());
    expect(await show("NOTICE")).toBe("A notice");
  });

  it("names a blob with a flipped bit, and leaves no image", async () => {
    const good = await readFile(weights);
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(5_000_000) ^ 1, 5_000_000);
    await writeFile(weights, bad);
    const changes = { notice: "Damaged" };
    const { status, stdout, stderr } = await build(changes);
    await writeFile(weights, good);
    expect(stderr).toMatch(
      new RegExp(
        `The blob ${registry.weights.digest} of ${model} in .* is damaged: its content has the digest sha256:`,
      ),
    );
    expect(stdout).toBe("");
    expect(status).toBe(1);
    const { image } = inputFor(changes);
    expect((await run("docker", ["image", "inspect", image])).status).not.toBe(0);
  });

  it("names a blob that is missing", async () => {
    await rename(weights, `${weights}.away`);
    const { status, stderr } = await build({ notice: "Missing" });
    await rename(`${weights}.away`, weights);
    expect(stderr).toMatch(new RegExp(`The blob ${registry.weights.digest} of ${model} is missing in `));
    expect(status).toBe(1);
  });

  it("names a base image that cannot be had", async () => {
    const missing = `localhost/gemma/no-such-base:1@sha256:${"2".repeat(64)}`;
    const { status, stderr } = await build({ baseImage: missing });
    expect(stderr).toContain(`The base image ${missing} is not in the engine and cannot be pulled: `);
    expect(stderr).toContain("Instead, load it with `docker load`, and set baseImage to its sha256 ID");
    expect(status).toBe(1);
  });
});
