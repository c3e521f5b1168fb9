import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { parseManifest, totalSize } from "../../ollama/manifest.ts";
import { modelsPath } from "../../ollama/server.ts";
import { formatBytes } from "../../support/units.ts";
import { ask, writeInto } from "../support/container.ts";
import { blobRequests, embeddingModel, model } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-pull-models");
const chat = { model, digest: registry.digest };
const embedding = { model: embeddingModel, digest: registry.embedding.digest };
const noSuch = `sha256:${"7".repeat(64)}`;

describe("pulling two models through a running server", () => {
  let project: Project;
  let server: TestServer;
  let client: OllamaClient;

  beforeAll(async () => {
    project = await Project.create();
    server = await startServer("-v", `${volume}:${modelsPath}`);
    client = new OllamaClient(server.url);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const pull = (models: readonly object[] = [chat, embedding], prune = false) => {
    const { url, container } = server;
    return project.command("pull-models.ts", { url, container, volume, registry: registry.url, models, prune });
  };
  const names = async () => (await client.tags()).map(({ name }) => name).sort();
  /** Length of the vectors that the second model makes. */
  const vector = async () => {
    const body = JSON.stringify({ model: embeddingModel, input: "hello" });
    const answer = await fetch(`${server.url}/api/embed`, { method: "POST", body });
    return ((await answer.json()) as { embeddings?: number[][] }).embeddings?.[0]?.length;
  };
  /** A shell command in the server's container. */
  const inServer = (command: string) => docker("exec", server.container, "sh", "-c", command);
  const path = (digest: string) => `${modelsPath}/blobs/${digest.replace(":", "-")}`;
  const sizeIn = async (repository: string, tag: string) => {
    const answer = await fetch(`${registry.url}/v2/library/${repository}/manifests/${tag}`);
    return totalSize(parseManifest(await answer.text(), repository));
  };

  it("names the one alone that the registry does not have with its digest, and serves the other", async () => {
    const { status, stdout, stderr } = await pull([{ model, digest: noSuch }, embedding]);
    expect(stderr).toContain(
      "1 of 2 models could not be pulled; the server serves the other 1\n" +
        `${registry.url} has ${model} with digest ${registry.digest}, and ${noSuch} was expected; nothing was downloaded`,
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(await names()).toEqual([embeddingModel]);
    expect(await vector()).toBe(384);
    await client.delete(embeddingModel);
  });

  it("stores both, says how far all are, and prints their digests in their order", async () => {
    const [first, second] = [await sizeIn("smollm2", "135m"), await sizeIn("minilm", "22m")];
    const { status, stdout, stderr } = await pull();
    const total = formatBytes(first + second);
    const told = stderr.split("\n").filter((line) => /^Pulling \S+ from|blobs verified/.test(line));
    const into = `into the volume ${volume}`;
    expect(told.map((line) => line.replace(/\d+ blobs/, "N blobs"))).toEqual([
      `Pulling ${model} from ${registry.url}: ${registry.size} ${into}; model 1 of 2, 0 bytes of ${total} in all are done`,
      `${model}: N blobs verified, ${registry.size}`,
      `Pulling ${embeddingModel} from ${registry.url}: ${registry.embedding.size} ${into}; model 2 of 2, ${registry.size} of ${total} in all are done`,
      `${embeddingModel}: N blobs verified, ${registry.embedding.size}`,
    ]);
    expect(stdout).toBe(`${registry.digest}\n${registry.embedding.digest}\n`);
    expect(status).toBe(0);
    expect(await names()).toEqual([embeddingModel, model]);
    expect(await ask(server.url, model)).toContain("Paris");
    expect(await vector()).toBe(384);
  });

  it("downloads and verifies nothing the second time", async () => {
    const requests = await blobRequests(registry);
    const { status, stdout, stderr } = await pull();
    expect(stderr).toBe(
      [model, embeddingModel].map((name) => `${name} is in the volume ${volume}; nothing to download\n`).join(""),
    );
    expect(stdout).toBe(`${registry.digest}\n${registry.embedding.digest}\n`);
    expect(status).toBe(0);
    expect(await blobRequests(registry)).toBe(requests);
  });

  it("names a damaged blob with its model, takes that one out, and downloads it alone the next time", async () => {
    const { weights } = registry.embedding;
    await inServer(`rm -r ${modelsPath}/verified || busybox rm -r ${modelsPath}/verified`);
    await writeInto(server.container, path(weights.digest), "not the weights");
    const { status, stdout, stderr } = await pull();
    expect(stderr).toMatch(new RegExp(`^${model}: \\d+ blobs verified, ${registry.size}$`, "m"));
    expect(stderr).toMatch(
      new RegExp(
        "1 of 2 models could not be pulled; the server serves the other 1\n" +
          `The blob ${weights.digest} of ${embeddingModel} is damaged: it has 15 of ${weights.size} bytes and the digest ` +
          `sha256:[0-9a-f]{64}\\. It was removed from the volume ${volume}; the next \`pulumi up\` downloads it again\\.`,
      ),
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(await names()).toEqual([model]);
    expect(await ask(server.url, model)).toContain("Paris");

    const again = await pull();
    expect(again.stderr).not.toContain(`Pulling ${model}`);
    expect(again.status).toBe(0);
    expect(await vector()).toBe(384);
  });

  it("removes nothing that is not listed any more unless it is to be pruned", async () => {
    expect((await pull([chat])).stdout).toBe(`${registry.digest}\n`);
    expect(await names()).toEqual([embeddingModel, model]);
  });

  it("removes one that it has pulled under both of its names, and keeps what others need and what it has not pulled", async () => {
    await client.create("mine:1", model, { num_ctx: 512 });
    const { url, container } = server;
    const own = [{ ...embedding, contextLength: 256 }];
    await project.command("set-parameters.ts", { url, container, models: own, threads: null });
    expect(await names()).toEqual(["mine:1", embeddingModel, `pinned/${embeddingModel}`, model]);

    const { status, stdout, stderr } = await pull([chat], true);
    expect(stderr.split("\n").sort()).toEqual(
      [
        "",
        `${model} is in the volume ${volume}; nothing to download`,
        `mine:1 stays in the volume ${volume}: the stack has not pulled it`,
        `${embeddingModel} was removed from the volume ${volume}`,
        `pinned/${embeddingModel} was removed from the volume ${volume}`,
      ].sort(),
    );
    expect(stdout).toBe(`${registry.digest}\n`);
    expect(status).toBe(0);
    expect(await names()).toEqual(["mine:1", model]);
    const blobs = await inServer(`cd ${modelsPath}/blobs && echo *`);
    expect(blobs).toContain(registry.weights.digest.replace(":", "-"));
    expect(blobs).not.toContain(registry.embedding.weights.digest.replace(":", "-"));
    expect(await ask(server.url, model)).toContain("Paris");
    expect(await ask(server.url, "mine:1")).toContain("Paris");
    // Both had the same licence, in one blob.
    const body = JSON.stringify({ model });
    const shown = await fetch(`${server.url}/api/show`, { method: "POST", body });
    expect((await shown.json()) as object).toMatchObject({ license: registry.license });
  });

  it("removes nothing while one of those that are listed fails", async () => {
    expect((await pull([chat, { model: embeddingModel, digest: noSuch }], true)).status).toBe(1);
    expect(await names()).toEqual(["mine:1", model]);
  });
});
