import { type Layer } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";

/** A small model: its blobs and the manifest that lists them. */
export interface TestModel {
  readonly name: string;
  readonly config: Layer;
  readonly weights: Layer;
  readonly license: Layer;
  readonly text: string;
  readonly digest: string;
  readonly content: Readonly<Record<string, Buffer>>;
}

function layer(mediaType: string, content: Buffer): Layer {
  return { mediaType, digest: sha256(content), size: content.length };
}

const configBytes = Buffer.from('{"model_format":"gguf"}');
const weightBytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
const licenseBytes = Buffer.from("Terms of use\n");

const config = layer("application/vnd.docker.container.image.v1+json", configBytes);
const weights = layer("application/vnd.ollama.image.model", weightBytes);
const license = layer("application/vnd.ollama.image.license", licenseBytes);
const text = JSON.stringify({ schemaVersion: 2, config, layers: [weights, license] });

/** The model that the tests serve. */
export const testModel: TestModel = {
  name: "gemma3n:e4b",
  config,
  weights,
  license,
  text,
  digest: sha256(text),
  content: { [config.digest]: configBytes, [weights.digest]: weightBytes, [license.digest]: licenseBytes },
};

const secondConfigBytes = Buffer.from('{"model_format":"gguf","model_family":"bert"}');
const secondWeightBytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 241));
const parameterBytes = Buffer.from('{"temperature":1,"num_ctx":8192}');

const secondConfig = layer("application/vnd.docker.container.image.v1+json", secondConfigBytes);
const secondWeights = layer("application/vnd.ollama.image.model", secondWeightBytes);
const parameters = layer("application/vnd.ollama.image.params", parameterBytes);
const secondText = JSON.stringify({
  schemaVersion: 2,
  config: secondConfig,
  layers: [secondWeights, license, parameters],
});

/** Another model, which has the licence of the first as the same blob, and parameters. */
export const secondModel: TestModel & { readonly parameters: Layer } = {
  name: "embeddinggemma:300m",
  config: secondConfig,
  weights: secondWeights,
  license,
  parameters,
  text: secondText,
  digest: sha256(secondText),
  content: {
    [secondConfig.digest]: secondConfigBytes,
    [secondWeights.digest]: secondWeightBytes,
    [license.digest]: licenseBytes,
    [parameters.digest]: parameterBytes,
  },
};

/** A model with one more layer, of zeros, listed last. */
export function withZeros<Model extends TestModel>(model: Model, size: number): Model {
  const bytes = Buffer.alloc(size);
  const zeros = layer(model.weights.mediaType, bytes);
  const { layers, ...rest } = JSON.parse(model.text) as { readonly layers: readonly Layer[] };
  const text = JSON.stringify({ ...rest, layers: [...layers, zeros] });
  return { ...model, text, digest: sha256(text), content: { ...model.content, [zeros.digest]: bytes } };
}

/** The content of one of the models' blobs. */
export function contentOf(blob: Layer): Buffer {
  const content = { ...testModel.content, ...secondModel.content }[blob.digest];
  if (content === undefined) throw new Error(`the test models have no blob ${blob.digest}`);
  return content;
}
