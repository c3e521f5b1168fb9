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

/** The content of one of the model's blobs. */
export function contentOf(blob: Layer): Buffer {
  const content = testModel.content[blob.digest];
  if (content === undefined) throw new Error(`the test model has no blob ${blob.digest}`);
  return content;
}
