import { describe, expect, it } from "vitest";
import { Registry } from "../../../ollama/registry.ts";
import { fakeRegistry, requestLines } from "../support/fake-registry.ts";
import { deadUrl, type Reply } from "../support/fake-server.ts";
import { contentOf, testModel } from "../support/model.ts";
import { failureOf } from "../support/temp-folder.ts";

const { name, digest, weights } = testModel;
const otherDigest = `sha256:${"0".repeat(64)}`;

async function registryThat(reply?: Reply) {
  const server = await fakeRegistry(() => reply);
  return { registry: new Registry(server.url), server };
}

async function bytesOf(blob: Promise<{ bytes: AsyncIterable<Uint8Array>; offset: number }>) {
  const { bytes, offset } = await blob;
  return { content: Buffer.concat(await Array.fromAsync(bytes)), offset };
}

describe("Registry.repository", () => {
  it.each([
    ["gemma3n:e4b", "library/gemma3n"],
    ["someone/gemma:1", "someone/gemma"],
  ])("of %s is %s", (model, repository) => {
    expect(Registry.repository(model)).toBe(repository);
  });
});

describe("Registry.manifest", () => {
  it.each([[digest], [undefined]])("fetches the manifest when %s is expected", async (expected) => {
    const { registry, server } = await registryThat();
    expect(await registry.manifest(name, expected)).toMatchObject({ text: testModel.text, digest });
    expect(requestLines(server)).toEqual(["GET /v2/library/gemma3n/manifests/e4b"]);
    expect(server.asked[0]?.headers.accept).toBe("application/vnd.docker.distribution.manifest.v2+json");
  });

  it.each([
    [
      "lacks the model",
      { status: 404 },
      " does not have the model gemma3n:e4b; check its name in models, and registry",
    ],
    ["fails", { status: 500 }, " answered 500 for the model gemma3n:e4b"],
    [
      "answers with a page",
      { body: "<html>" },
      "/v2/library/gemma3n/manifests/e4b is not a model manifest: it is not JSON",
    ],
  ])("says that the registry %s", async (_, reply, message) => {
    const { registry } = await registryThat(reply);
    expect(await failureOf(registry.manifest(name, digest))).toBe(`${registry.url}${message}`);
  });

  it("refuses a model that has changed", async () => {
    const { registry } = await registryThat();
    expect(await failureOf(registry.manifest(name, otherDigest))).toBe(
      `${registry.url} has gemma3n:e4b with digest ${digest}, and ${otherDigest} was expected; nothing was downloaded. ` +
        "Correct model.digest after finding out why the model changed.",
    );
  });

  it("says that the registry cannot be reached", async () => {
    const url = await deadUrl();
    expect(await failureOf(new Registry(url).manifest(name, digest))).toBe(
      `The registry ${url} cannot be reached: connect ECONNREFUSED ${url.replace("http://", "")}; ` +
        "check the network and the key registry",
    );
  });
});

describe("Registry.blob", () => {
  const path = `/v2/library/gemma3n/blobs/${weights.digest}`;

  it("fetches a whole blob without a range", async () => {
    const { registry, server } = await registryThat();
    expect(await bytesOf(registry.blob(name, weights, 0))).toEqual({ content: contentOf(weights), offset: 0 });
    expect(requestLines(server)).toEqual([`GET ${path}`]);
  });

  it("continues in the middle", async () => {
    const { registry, server } = await registryThat();
    expect(await bytesOf(registry.blob(name, weights, 4000))).toEqual({
      content: contentOf(weights).subarray(4000),
      offset: 4000,
    });
    expect(requestLines(server)).toEqual([`GET ${path} bytes=4000-`]);
  });

  it("begins again where the registry cannot continue", async () => {
    const { registry } = await registryThat({ body: contentOf(weights) });
    expect(await bytesOf(registry.blob(name, weights, 4000))).toEqual({ content: contentOf(weights), offset: 0 });
  });

  it.each([404, 416, 500])("fails when the registry answers %d", async (status) => {
    const { registry } = await registryThat({ status });
    expect(await failureOf(registry.blob(name, weights, 0))).toBe(
      `${registry.url} answered ${status} for the blob ${weights.digest} of gemma3n:e4b`,
    );
  });
});
