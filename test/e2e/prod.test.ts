import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { imageId } from "../support/bundle.ts";
import { containers, inspect } from "../support/container.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../support/engine.ts";
import { model, ollamaImage } from "../support/fixtures.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const url = "http://127.0.0.1:11434";

const lastLine = (output: string) => output.trim().split("\n").at(-1) ?? "";

describeWithEngine("a stack with the model in its image, on a host with no way out", () => {
  let project: Project;
  let engine: Engine;
  let config: StackConfig;
  let image: string;

  beforeAll(async () => {
    engine = await startClosedEngine();
    await engine.load(ollamaImage);
    project = await Project.create(engine.env, engine.prefix);
    config = {
      models: [{ name: model, digest: registry.digest }],
      registry: registry.url,
      delivery: "embedded",
      baseImage: await imageId(ollamaImage),
      memory: "2GiB",
      cpus: "1",
      ollama: { origins: ["http://localhost:8080"] },
    };
    await project.writeStack("closed", config);
    await project.createStack("closed");
  });

  afterAll(async () => {
    await project.destroy("closed");
    await engine.stop();
    await project.remove();
  });

  const inContainer = async (...command: string[]) => {
    const [container = ""] = await containers({ env: engine.env });
    return run("docker", ["exec", container, ...command], { env: { ...process.env, ...engine.env } });
  };

  it("says how to get the image when it is neither there nor staged", async () => {
    const { status, output } = await project.up("closed");
    expect(output).toMatch(
      /The image localhost\/gemma\/smollm2:135m-[0-9a-f]{12} is not in the engine, and smollm2:135m is not staged to build it from: load the image with `docker load`, or stage the models with `npm run stage`/,
    );
    expect(status).not.toBe(0);
    expect(await containers({ env: engine.env })).toEqual([]);
  });

  it("is staged where the registry can be reached", async () => {
    const connected = await run("node", ["commands/stage.ts", "closed"], { cwd: project.folder });
    expect(connected.output).toMatch(
      new RegExp(`${model} ${registry.digest} is staged: \\d+ blobs, ${registry.size}, all verified`),
    );
    expect(connected.status).toBe(0);
  });

  it("builds the image and serves from it", async () => {
    const { status, output } = await project.up("closed");
    expect(output).toMatch(
      new RegExp(`Building localhost/gemma/smollm2:135m-[0-9a-f]{12}: ${registry.size} of smollm2:135m`),
    );
    expect(output).toMatch(/4\/4 model generates: smollm2:135m ".*Paris.*"/);
    expect(status).toBe(0);
    image = (await project.outputs("closed")).imageIdentity;
    const options = { temperature: 0, num_predict: 16 };
    const body = JSON.stringify({ model, prompt: "The capital of France is", stream: false, options });
    expect(await engine.inside("curl", "-sS", `${url}/api/generate`, "-d", body)).toContain("Paris");
  });

  it("runs from the image alone", async () => {
    const [container = ""] = await containers({ env: engine.env });
    const { Mounts, Config } = await inspect(container, engine.env);
    expect(Mounts).toEqual([]);
    expect(Config.Env).toEqual(expect.arrayContaining(["OLLAMA_NO_CLOUD=1", "OLLAMA_NOPRUNE=1"]));
    expect(await must("docker", ["volume", "ls", "--quiet"], { env: { ...process.env, ...engine.env } })).toBe("");
  });

  it("cannot reach a server outside, which a container elsewhere reaches", async () => {
    const network = uniqueName("gemma-e2e-outside");
    // One that no engine takes by itself: on the closed host the same addresses could be its own server's.
    await docker("network", "create", "--subnet", "10.213.77.0/24", network);
    await docker("network", "connect", network, registry.container);
    const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
    const address = await docker("inspect", "--format", format, registry.container);
    const pull = ["ollama", "pull", "--insecure", `http://${address}:5000/library/nothing:here`];
    const free = await docker("run", "-d", "--network", network, ollamaImage);
    await must("docker", ["exec", free, "sh", "-c", "until ollama list; do sleep 1; done"]);
    const open = await run("docker", ["exec", free, ...pull]);
    const closed = await inContainer(...pull);
    await docker("rm", "-f", "-v", free);
    await docker("network", "disconnect", network, registry.container);
    await docker("network", "rm", network);
    expect(lastLine(open.output)).toContain("file does not exist");
    expect(lastLine(closed.output)).toMatch(/network is unreachable|no route to host/);
  });

  it("carries the base's settings over exactly, and labels the image", async () => {
    const settings = async (name: string) => {
      const text = await engine.inside("docker", "image", "inspect", "--format", "{{json .Config}}", name);
      const { Env, Entrypoint, Cmd, WorkingDir, User, ExposedPorts, Labels } = JSON.parse(text) as Record<
        string,
        object
      >;
      return { inherited: { Env, Entrypoint, Cmd, WorkingDir, User, ExposedPorts }, labels: Labels ?? {} };
    };
    const base = await settings(ollamaImage);
    const built = await settings(image);
    expect(built.inherited).toEqual(base.inherited);
    expect(built.labels).toMatchObject({
      "io.chatgemma.model": model,
      "io.chatgemma.model.digest": registry.digest,
      "org.opencontainers.image.base.name": config["baseImage"],
      "org.opencontainers.image.base.digest": config["baseImage"],
    });
    expect(Object.entries(built.labels)).toContainEqual([
      "io.chatgemma.identity",
      expect.stringMatching(`^sha256:${image.slice(-12)}`),
    ]);
  });

  it("contains the model and its licence, and no private key", async () => {
    const list = ["run", "--rm", "--entrypoint", "sh", image, "-c"];
    const files = await engine.inside(
      "docker",
      ...list,
      "find /root /models /licenses -type f || busybox find /root /models /licenses -type f",
    );
    expect(files.split("\n").filter((file) => !file.includes("/blobs/sha256-"))).toEqual([
      "/models/manifests/registry.ollama.ai/library/smollm2/135m",
      "/licenses/smollm2/135m/LICENSE",
    ]);
    expect(files).toContain(`/models/blobs/${registry.weights.digest.replace(":", "-")}`);
    expect(await engine.inside("docker", ...list, "cat /licenses/smollm2/135m/LICENSE")).toBe(registry.license.trim());
  });

  it("has the weights in the layer that another engine makes of them", async () => {
    const lowest = ["image", "inspect", "--format", "{{index .RootFS.Layers 0}}"];
    // Tests beside this one may have containers from the image of that name.
    const here = `${uniqueName("localhost/gemma/test-layers")}:1`;
    const input = {
      image: here,
      baseImage: config["baseImage"],
      models: [{ name: model, digest: registry.digest, license: null, notice: null, contextLength: null }],
    };
    await must("node", ["commands/build-image.ts"], { cwd: project.folder, input: JSON.stringify(input) });
    expect(await engine.inside("docker", ...lowest, image)).toBe(await docker(...lowest, here));
    await docker("rmi", here);
  });

  it("changes nothing on a second up, and previews clean after a refresh", async () => {
    expect((await project.pulumi(["up", "--yes", "--expect-no-changes", "--stack", "closed"])).status).toBe(0);
    expect((await project.refresh("closed")).status).toBe(0);
    expect((await project.preview("closed", "--expect-no-changes")).status).toBe(0);
  });

  it("runs as it was deployed", async () => {
    const { status, stdout, output } = await project.run("node", ["commands/drift.ts", "closed", "--json"]);
    expect(status, output).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "as-deployed", differences: [], untold: [] });
  });

  it("builds nothing when the engine has the image", async () => {
    expect((await project.destroy("closed")).status).toBe(0);
    await must("rm", ["-r", `${project.folder}/staged`]);
    const { status, output } = await project.up("closed");
    expect(output).toContain(`${image} is in the engine; nothing to build`);
    expect(output).not.toContain("Building");
    expect(status).toBe(0);
  });
});
