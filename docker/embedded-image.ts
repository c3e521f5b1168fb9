import { createHash } from "node:crypto";
import { sha256 } from "../support/hashing.ts";
import { imageLabels, type ImageContents } from "./identity.ts";
import { joinedConfig, type ImageConfig } from "./image-config.ts";
import { forImage, noticesLayer } from "./notices-layer.ts";
import { stagedLayers, weightsLayer } from "./weights-layer.ts";
import { type StagedModel } from "../ollama/staged-store.ts";

/** Digest and length of a stream of bytes. */
export interface Measured {
  readonly digest: string;
  readonly size: number;
}

/** The layers that are put around a base image, and the configuration that joins them. */
export interface EmbeddedParts {
  /** One for each model, lowest of all, so that neither a new Ollama nor a changed notice moves gigabytes of weights to another layer. */
  readonly weights: readonly (Measured & { readonly open: () => AsyncIterable<Uint8Array> })[];
  /** Topmost. */
  readonly notices: Measured & { readonly content: Uint8Array };
  /** Text of the configuration on a base; its sha256 is the image's ID. */
  readonly configOn: (base: ImageConfig) => string;
}

/**
 * Makes what an embedded image consists of besides its base, without the engine.
 * @param staged - the models of the contents, in their order
 * @param progress - told of the bytes that were read, once through the models
 * @throws Failure that names a blob which is missing or damaged
 */
export async function embeddedParts(
  contents: ImageContents,
  staged: readonly StagedModel[],
  progress: (bytes: number) => void,
): Promise<EmbeddedParts> {
  const weights: EmbeddedParts["weights"][number][] = [];
  for (const layer of stagedLayers(staged)) {
    const open = () => weightsLayer(layer);
    weights.push({ ...(await measure(open(), progress)), open });
  }
  const content = await noticesLayer(forImage(staged, contents.models));
  const notices = { digest: sha256(content), size: content.length, content };
  const configOn = (base: ImageConfig) =>
    embeddedConfig(base, contents, { weights: weights.map(({ digest }) => digest), notices: notices.digest });
  return { weights, notices, configOn };
}

/** Text of the configuration that joins the layers around a base image. */
export function embeddedConfig(
  base: ImageConfig,
  contents: ImageContents,
  { weights, notices }: { readonly weights: readonly string[]; readonly notices: string },
): string {
  const below = contents.models.map(({ name }, index) => ({
    digest: weights[index] ?? "",
    what: `weights of ${name}`,
  }));
  const above = [{ digest: notices, what: "licence texts, notices and own parameters" }];
  return joinedConfig(base, { below, above, labels: imageLabels(contents) });
}

/** Reads a stream for its digest and length alone. */
export async function measure(
  source: AsyncIterable<Uint8Array>,
  progress: (bytes: number) => void = () => undefined,
): Promise<Measured> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.length;
    progress(chunk.length);
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}
