import { describe, expect, it } from "vitest";
import { layout } from "../../../../docker/identity.ts";
import { stagedLayers } from "../../../../docker/weights-layer.ts";
import { weightsOn, weightsPath } from "../../../../offline/bundle/pack-image.ts";
import { parseManifest, type Layer } from "../../../../ollama/manifest.ts";
import type { StagedModel } from "../../../../ollama/staged-store.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { hex } from "../../support/bytes.ts";
import { contentNamed, manifestWith, tinyImage } from "../../support/package.ts";

/** Names of blobs as large as those that models share. */
const large = ["tower"];
const blob = (name: string): Layer => ({
  mediaType: "test",
  digest: sha256(name),
  size: large.includes(name) ? 1_048_576 : 1_048_575,
});

/** A model of some blobs; where its bytes are is not looked at. */
function modelOf(model: string, ...blobs: readonly string[]): StagedModel {
  const manifest = parseManifest(
    JSON.stringify({ config: blob(`config of ${model}`), layers: blobs.map(blob) }),
    "test",
  );
  return { model, manifest } as StagedModel;
}

const [chat, vectors, third] = [modelOf("chat:1", "a"), modelOf("vectors:1", "b"), modelOf("third:1", "c")];
/** They have a licence in common. */
const [licensed, alike] = [modelOf("chat:1", "a", "terms"), modelOf("vectors:1", "b", "terms")];
/** They have weights in common. */
const [whole, sharing] = [modelOf("chat:1", "a", "tower"), modelOf("vectors:1", "b", "tower")];

/** What a host has that was given a package of some models, whose layers are named after them. */
function host(...models: readonly StagedModel[]) {
  const layers = [...models.map(({ model }) => contentNamed(`layer of ${model}`, 2)), contentNamed("base", 3)];
  const manifest = manifestWith({
    models: models.map(({ model: name, manifest: { digest, blobs } }) => ({ name, digest, blobs })),
    images: [{ ...tinyImage, layers }],
  });
  return { ...manifest, text: "", digest: sha256("host") };
}

/** The layers of models that a host has already. */
const found = (since: Parameters<typeof weightsOn>[0], ...models: readonly StagedModel[]) =>
  stagedLayers(models).map((layer) => weightsOn(since, layer)?.digest);
const digestsOf = (...models: readonly (StagedModel | undefined)[]) =>
  models.map((model) => model && sha256(`layer of ${model.model}`));

describe("the weights that a host has", () => {
  it("are those of the first model when a second is added", () => {
    expect(found(host(chat), chat, vectors)).toEqual(digestsOf(chat, undefined));
    expect(found(host(licensed), licensed, alike)).toEqual(digestsOf(licensed, undefined));
    expect(found(host(whole), whole, sharing)).toEqual(digestsOf(whole, undefined));
  });

  it("are those of the second when the first is removed", () => {
    expect(found(host(chat, vectors), vectors)).toEqual(digestsOf(vectors));
  });

  it("are those of each that has a licence in common with others, wherever it stands and stood", () => {
    expect(found(host(licensed, alike), alike)).toEqual(digestsOf(alike));
    expect(found(host(licensed, alike), alike, licensed)).toEqual(digestsOf(alike, licensed));
    expect(found(host(alike), licensed, alike)).toEqual(digestsOf(undefined, alike));
  });

  it("are those of each, wherever it stands now", () => {
    expect(found(host(chat, vectors, third), third, chat, vectors)).toEqual(digestsOf(third, chat, vectors));
  });

  it("are in the package without files", () => {
    const [layer] = stagedLayers([chat]);
    if (layer === undefined) throw new Error("There is no model");
    expect(weightsOn(host(chat), layer)).toEqual({ ...contentNamed("layer of chat:1", 2), files: [] });
  });

  it("are others when the blobs move that they share", () => {
    // Without the first, what it has in common with the second is in the layer of that.
    expect(found(host(whole, sharing), sharing)).toEqual([undefined]);
    expect(found(host(whole, sharing), sharing, whole)).toEqual([undefined, undefined]);
    expect(found(host(sharing), whole, sharing)).toEqual([undefined, undefined]);
    expect(found(host(whole, sharing), whole, sharing, third)).toEqual(digestsOf(whole, sharing, undefined));
  });

  it("are others for another model, another name of it, or another way to put it together", () => {
    expect(found(host(chat), modelOf("chat:1", "a", "more"))).toEqual([undefined]);
    expect(found(host(chat), { ...chat, model: "chat:2" })).toEqual([undefined]);
    expect(found({ ...host(chat), layout: layout - 1 }, chat)).toEqual([undefined]);
    expect(found(undefined, chat)).toEqual([undefined]);
  });
});

describe("the file of a model's weights", () => {
  const paths = (...models: readonly StagedModel[]) => stagedLayers(models).map(weightsPath);
  const named = (text: string) => `images/layers/${hex(text).slice(0, 12)}.tar`;

  it("is named after the layout and the model, as it always was", () => {
    expect(paths(chat)).toEqual([named(`3 chat:1@${chat.manifest.digest}`)]);
  });

  it("is the same whether or not another model stands below or above that shares nothing", () => {
    expect(paths(chat, vectors)).toEqual([...paths(chat), ...paths(vectors)]);
    expect(paths(vectors, chat)).toEqual([...paths(vectors), ...paths(chat)]);
  });

  it("is the same where they have a licence in common", () => {
    expect(paths(licensed, alike)).toEqual([
      named(`3 chat:1@${licensed.manifest.digest}`),
      named(`3 vectors:1@${alike.manifest.digest}`),
    ]);
  });

  it("is another one where blobs of it are in a lower layer, by those that are left", () => {
    const own = [sha256("config of vectors:1"), sha256("b")].join(" ");
    expect(paths(whole, sharing)).toEqual([
      named(`3 chat:1@${whole.manifest.digest}`),
      named(`3 vectors:1@${sharing.manifest.digest} ${own}`),
    ]);
    expect(paths(sharing)).not.toContain(paths(whole, sharing)[1]);
  });
});
