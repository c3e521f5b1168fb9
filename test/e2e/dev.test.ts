import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ask, containers, inspect } from "../support/container.ts";
import { OllamaClient } from "../../ollama/client.ts";
import { blobRequests, model, ollamaImage, oldOllamaImage } from "../support/fixtures.ts";
import { deadProxies } from "../support/dead-proxies.ts";
import { freePort } from "../support/free-port.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { withoutProxies } from "../../support/proxy.ts";
import { docker, must, run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-dev");

describe("a stack that pulls its model, on a host whose proxies lead nowhere", () => {
  let project: Project;
  let proxies: NodeJS.ProcessEnv;
  let config: StackConfig;
  let url: string;

  beforeAll(async () => {
    proxies = await deadProxies();
    project = await Project.create(proxies);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    config = {
      ...pullingStack(registry, volume, port),
      baseImage: oldOllamaImage,
      volume: { name: volume },
      memoryReservation: "512MiB",
      cpus: "1",
      ollama: { origins: ["*"] },
    };
    await project.writeStack("e2e", config);
    await project.createStack("e2e");
  });

  afterAll(async () => {
    await project.destroy("e2e");
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it("pulls, verifies and gates on the first up", async () => {
    const { status, output } = await project.up("e2e");
    expect(output).toContain(`Pulling ${model} from ${registry.url}`);
    expect(output).toContain(`blobs verified, ${registry.size}`);
    expect(output).toContain("1/4 server answers: Ollama 0.17.4");
    expect(output).toContain(`2/4 model is listed: ${model}, made from pinned/${model} ${registry.digest}`);
    expect(output).toMatch(/3\/4 model loads: smollm2:135m in \d+\.\d s/);
    expect(output).toMatch(/4\/4 model generates: smollm2:135m ".*Paris.*", \d+\.\d tokens\/s/);
    expect(status).toBe(0);
  });

  it("moves to a newer Ollama with what is in the volume, and to no parameter of the model", async () => {
    const requests = await blobRequests(registry);
    config = { ...config, baseImage: ollamaImage };
    await project.writeStack("e2e", config);
    const { status, output } = await project.up("e2e");
    expect(output).toContain("1/4 server answers: Ollama 0.33.3");
    expect(output).toContain(`2/4 model is listed: ${model} ${registry.digest}\n`);
    expect(status).toBe(0);
    expect(await new OllamaClient(url).parameters(model)).not.toContain("num_thread");
    expect(await blobRequests(registry)).toBe(requests);
  });

  it("has no proxy in the container, and none in those that its steps start", async () => {
    const proxiesIn = async (container: string) =>
      (await inspect(container)).Config.Env.filter((variable) => /proxy=./i.test(variable));
    expect(await proxiesIn((await project.outputs("e2e")).containerName)).toEqual([]);
    const made = async (...args: readonly string[]) => {
      const env = { ...process.env, ...proxies };
      const container = await must("docker", ["create", ...args, ollamaImage], { env });
      const found = await proxiesIn(container);
      await docker("rm", container);
      return found;
    };
    expect(await made()).toContain(`HTTP_PROXY=${proxies["HTTP_PROXY"] ?? ""}`);
    expect(await made(...withoutProxies)).toEqual([]);
  });

  it("serves an answer on the published address", async () => {
    expect(await ask(url, model)).toContain("Paris");
  });

  it("gives the container what the configuration says", async () => {
    const outputs = await project.outputs("e2e");
    const container = await inspect(outputs.containerName);
    const { HostConfig: host } = container;
    expect(host.Memory).toBe(2 * 1024 ** 3);
    expect(host.MemorySwap).toBe(host.Memory);
    expect(host.MemoryReservation).toBe(512 * 1024 ** 2);
    expect(host.NanoCpus).toBe(1e9);
    expect(host.ShmSize).toBe(64 * 1024 ** 2);
    expect(host.RestartPolicy.Name).toBe("unless-stopped");
    expect(host.LogConfig).toEqual({ Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } });
    expect(host.PortBindings).toEqual({ "11434/tcp": [{ HostIp: "127.0.0.1", HostPort: new URL(url).port }] });
    expect(host.DeviceRequests).toBeNull();
    expect(container.Mounts.map(({ Type, Name, Destination }) => ({ Type, Name, Destination }))).toEqual([
      { Type: "volume", Name: volume, Destination: "/models" },
    ]);
    const set = Object.entries(outputs.environment).map(([name, value]) => `${name}=${value}`);
    expect(container.Config.Env).toEqual(expect.arrayContaining(set));
    expect(set).toContain("LLAMA_ARG_THREADS=1");
  });

  it("puts its results into the outputs", async () => {
    const outputs = await project.outputs("e2e");
    expect(outputs).toMatchObject({
      baseUrl: url,
      models: [{ name: model, digest: registry.digest, for: ["chat"] }],
      imageIdentity: ollamaImage,
    });
    expect(outputs.replacement).toBe(
      `recreate: port ${new URL(url).port} is published directly, and two containers cannot hold it`,
    );
  });

  it("generates with as many threads as the CPU limit has CPUs", async () => {
    const outputs = await project.outputs("e2e");
    const { output } = await run("docker", ["logs", outputs.containerName]);
    expect(output).toMatch(/ n_threads = 1$/m);
    expect(output).not.toMatch(/ n_threads = [02-9]/);
  });

  it("changes nothing on a second up, and previews clean before and after a refresh", async () => {
    expect((await project.pulumi(["up", "--yes", "--expect-no-changes", "--stack", "e2e"])).status).toBe(0);
    expect((await project.preview("e2e", "--expect-no-changes")).status).toBe(0);
    expect((await project.refresh("e2e")).output).not.toMatch(/\d+ (updated|deleted)/);
    const { status, output } = await project.preview("e2e", "--expect-no-changes", "--diff");
    expect(output).not.toMatch(/^\s+[~+-] /m);
    expect(status).toBe(0);
  });

  it("shows a tuning change as exactly that change, and makes it without a download", async () => {
    await project.writeStack("e2e", { ...config, ollama: { origins: ["*"], keepAlive: "10m" } });
    const { output: diff } = await project.preview("e2e", "--diff");
    const changes = diff.match(/^ +[~+-]+ ?(?!.*:local:Command).*(KEEP_ALIVE|envs|memory|ports|image|health).*$/gm);
    expect(changes?.map((line) => line.trim().replace(/ +: /, ": "))).toEqual([
      "~ envs: [",
      '~ [5]: "OLLAMA_KEEP_ALIVE=5m" => "OLLAMA_KEEP_ALIVE=10m"',
      '~ OLLAMA_KEEP_ALIVE: "5m" => "10m"',
    ]);

    const before = { names: await containers({ volume }), requests: await blobRequests(registry) };
    const { status, output } = await project.up("e2e");
    expect(status).toBe(0);
    expect(output).toContain(`${model} is in the volume ${volume}; nothing to download`);
    expect(output).not.toContain("blobs verified");
    expect(await blobRequests(registry)).toBe(before.requests);
    expect(await containers({ volume })).not.toEqual(before.names);
    expect(await ask(url, model)).toContain("Paris");
    expect((await project.preview("e2e", "--expect-no-changes")).status).toBe(0);
  });

  it("prints what clients paste, whole, with npm run clients", async () => {
    const { status, stdout } = await project.run("npm", ["run", "clients", "-s", "e2e"]);
    expect(stdout).toContain(
      `curl -H "Authorization: Bearer $TOKEN" ${url}/api/chat -d '{"model":"${model}","messages":[{"role":"user","content":"Why is the sky blue?"}],"stream":false}'\n`,
    );
    expect(stdout).toContain(`      base-url: ${url}\n`);
    expect(stdout).toContain(`${url}/v1\n`);
    expect(status).toBe(0);
  });

  it("checks health at any time with npm run health", async () => {
    const { status, output } = await project.run("npm", ["run", "health", "-s", "e2e"]);
    expect(output).toContain(`${model} is ready at ${url}`);
    expect(status).toBe(0);
  });

  it("turns healthy for Docker without curl in the image", async () => {
    const { containerName } = await project.outputs("e2e");
    await expect
      .poll(async () => (await inspect(containerName)).State.Health?.Status, { timeout: 60_000, interval: 1000 })
      .toBe("healthy");
  });

  it("keeps the volume when the stack is destroyed, and needs no download afterwards, with the older Ollama again", async () => {
    const requests = await blobRequests(registry);
    expect((await project.destroy("e2e")).status).toBe(0);
    expect(await containers({ volume })).toEqual([]);
    expect(await docker("volume", "ls", "--quiet", "--filter", `name=${volume}`)).toBe(volume);
    await project.writeStack("e2e", { ...config, baseImage: oldOllamaImage });
    const { status, output } = await project.up("e2e");
    expect(output).toContain("1/4 server answers: Ollama 0.17.4");
    expect(output).toContain(`2/4 model is listed: ${model}, made from pinned/${model} ${registry.digest}`);
    expect(status).toBe(0);
    expect(await blobRequests(registry)).toBe(requests);
  });
});
