import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuildProgramInput } from "../../engine/build-program.ts";
import { bundledVersion } from "../../components/bundled-version.ts";
import { Usher, type UsherArgs } from "../../components/usher.ts";
import { usherImageName } from "../../docker/identity.ts";
import { imageId } from "../support/bundle.ts";
import { runArguments } from "../support/declared-container.ts";
import { haproxyImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { importNodeImage } from "../support/node-image.ts";
import { Project } from "../support/project.ts";
import { docker, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";
import { declare, only } from "../unit/support/pulumi-mocks.ts";

const settings: UsherArgs["settings"] = {
  maxBody: 1024 * 1024,
  readTimeout: 60,
  requestTimeout: 3600,
  holdTimeout: 0.1,
  drainTimeout: 30,
  reload: "drop",
  models: ["gemma3n:e4b"],
  kept: [],
  clients: [{ name: "web", models: null, maxTokens: 1024, allowReload: false }],
};

/** Arguments of the container that the program declares for an image. */
async function declared(imageId: string): Promise<unknown> {
  const none = pulumi.output("");
  const server = { containerId: none, containerName: none, networkName: none };
  const common = { restart: "no", logging: { maxSize: 10, maxFile: 3 }, memory: 256, cpus: 1 } as const;
  const args: UsherArgs = { imageId, server, settings, ...common };
  const { resources } = await declare((options) => new Usher("usher", args, options));
  return only(resources, "docker:index/container:Container").inputs;
}

describe("the usher's image", () => {
  const baseImage = uniqueName("localhost/gemma/test-node") + ":1";
  const volume = uniqueName("gemma-test-usher");
  const code = bundledVersion("usher");
  const input: BuildProgramInput = { image: usherImageName({ image: baseImage, code }), baseImage, code };
  let project: Project;
  let container = "";
  let url: string;
  let layers: readonly string[];

  beforeAll(async () => {
    [project] = await Promise.all([Project.create(), importNodeImage(baseImage)]);
    await docker("volume", "create", volume);
  });

  afterAll(async () => {
    if (container !== "") await removeContainer(container);
    await docker("volume", "rm", volume);
    await run("docker", ["rmi", input.image, baseImage]);
    await project.remove();
  });

  const build = () => project.command("build-usher.ts", input);
  const layersOf = async (image: string) =>
    JSON.parse(await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)) as string[];
  const configured = (wanted: object) =>
    project.command("configure-usher.ts", {
      container,
      settings: { ...settings, upstream: "ollama:11434", ...wanted },
    });

  /** Asks for a model that nobody has, which the usher answers by itself. */
  const ask = async () => {
    const headers = { "X-Gemma-Client": "web" };
    const answer = await fetch(`${url}/api/generate`, { method: "POST", headers, body: '{"model":"other:1"}' });
    return answer.status;
  };
  const healthy = () =>
    expect.poll(() => fetch(`${url}/healthz`).then(({ status }) => status, String), { timeout: 10_000 }).toBe(200);

  it("is built on a base in the engine", async () => {
    const { status, stdout, stderr } = await build();
    expect(stderr).toBe(`Building ${input.image}: the usher on ${baseImage}\n`);
    expect([status, stdout]).toEqual([0, await docker("image", "inspect", "--format", "{{.Id}}", input.image)]);
    layers = await layersOf(input.image);
    expect(layers.slice(0, -1)).toEqual(await layersOf(baseImage));
  });

  it("is not built again", async () => {
    const { status, stderr } = await build();
    expect([status, stderr]).toEqual([0, `${input.image} is in the engine; nothing to build\n`]);
  });

  it("has the same layer when another checkout has built it", async () => {
    const id = await imageId(input.image);
    await docker("rmi", input.image);
    const { status } = await run("node", ["commands/build-usher.ts"], { input: JSON.stringify(input) });
    expect([status, await imageId(input.image), await layersOf(input.image)]).toEqual([0, id, layers]);
  });

  it("runs with no more rights than the program gives it, and tells that it is well", async () => {
    const owned = await project.command("own-volume.ts", { volume, image: haproxyImage, userId: 10_003 });
    expect(owned.status).toBe(0);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const more = ["--publish", `127.0.0.1:${port}:8080`, "--volume", `${volume}:/var/lib/usher`];
    container = await docker("run", "-d", ...more, ...runArguments(await declared(input.image), input.image, []));
    await healthy();
    expect((await run("docker", ["exec", container, "node", "/usher/usher.mjs", "health"])).status).toBe(0);
    expect(await ask()).toBe(503);
  });

  it("goes by the settings that it is sent, also after it was killed", async () => {
    const { status, stderr } = await configured({});
    expect([status, stderr]).toEqual([0, "The usher sends the requests of web to ollama:11434\n"]);
    expect(await ask()).toBe(404);
    await docker("kill", container);
    await docker("start", container);
    await healthy();
    expect(await ask()).toBe(404);
  });

  it("says what is wrong with settings, and goes on with those that it has", async () => {
    const { status, stderr } = await configured({ maxBody: 0 });
    const sentence = "maxBody of the settings is 0; write a whole number of bytes above 0";
    expect([status, stderr]).toEqual([1, `The usher did not take its settings: ${sentence}\n`]);
    expect(await ask()).toBe(404);
  });
});
