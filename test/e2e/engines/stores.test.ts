import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  bundle,
  configOf,
  embeddedStack,
  imageId,
  manifestOf,
  otherBase,
  removeTestImages,
  stack,
} from "../../support/bundle.ts";
import { ClosedHost } from "../../support/closed-host.ts";
import { describeWithEngine } from "../../support/engine.ts";
import { engineKind, otherStore } from "../../support/engine-kinds.ts";
import { model, ollamaImage } from "../../support/fixtures.ts";
import { Project, type StackConfig } from "../../support/project.ts";
import { docker, must, run } from "../../support/shell.ts";

const registry = inject("registry");
const port = 18540;
const newBase = "localhost/gemma/test-base:stores";

describeWithEngine(`a package made on ${engineKind().name}, deployed on ${otherStore().name}`, () => {
  let folder: string;
  let project: Project;
  let config: StackConfig;
  let host: ClosedHost;
  const place = (name: string) => join(folder, name);
  const make = async (name: string, ...args: string[]) => {
    const { status, output } = await bundle(project, place(name), ...args);
    expect(status, output).toBe(0);
    return (await manifestOf(place(name))).images[0];
  };
  const deploy = async (name: string) => {
    const { status, output } = await host.script(place(name), "deploy.sh", "--allow-unsigned");
    expect(status, output).toBe(0);
  };
  const answer = () => host.ask(`http://127.0.0.1:${port}`, model);
  const onHost = (image: string) => configOf(image, (...args) => host.must("sh", ...args));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-stores-"));
    project = await Project.create();
    config = await embeddedStack(registry, port);
    await project.writeStack(stack, config);
    host = await ClosedHost.start(otherStore());
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await removeTestImages();
    await run("docker", ["rmi", newBase]);
    await project.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it("has the image that this engine makes, by name and by configuration", async () => {
    const image = await make("full");
    // The rehearsal has loaded it.
    expect(await imageId(image?.name ?? "")).toBe(image?.id);
    await deploy("full");
    expect(await onHost(image?.name ?? "")).toBe(image?.id);
    expect(await answer()).toContain("Paris");
  });

  it("names the base by a digest that is right on both engines", async () => {
    await host.engine.load(ollamaImage);
    const base = config["baseImage"] as string;
    expect(await onHost(ollamaImage)).toBe(base);
    expect(await imageId(ollamaImage)).toBe(base);
    const ids = await Promise.all([
      docker("image", "inspect", "--format", "{{.Id}}", ollamaImage),
      host.must("docker", "image", "inspect", "--format", "{{.Id}}", ollamaImage),
    ]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids).toContain(base);
  });

  it("has in a delta what the other engine needs, and makes an image there that can be saved whole", async () => {
    await project.writeStack(stack, { ...config, baseImage: await otherBase(newBase) });
    const image = await make("delta", "--since", join(place("full"), "manifest.json"), "--skip-rehearsal");
    expect(image?.layers.map(({ files }) => files.length)).toEqual([0, 0, 1, 0]);
    await deploy("delta");
    expect(await onHost(image?.name ?? "")).toBe(image?.id);
    expect(await answer()).toContain("Paris");
    const saved = join(folder, "saved.tar");
    await host.must("docker", "save", "--output", saved, image?.name ?? "");
    const files = (await must("tar", ["--list", "--file", saved])).split("\n");
    const layers = image?.layers.map(({ digest }) => `blobs/${digest.replace(":", "/")}`) ?? [];
    expect(layers.filter((name) => !files.includes(name))).toEqual([]);
  });
});
