import { sha256 } from "../ollama/manifest.ts";
import { modelName } from "../ollama/name.ts";

/** Everything that decides what an embedded image contains. */
export interface ImageContents {
  /** Pinned image of the server. */
  readonly baseImage: string;
  /** Model as `model:tag`. */
  readonly model: string;
  /** Digest of the model's manifest; pins every blob. */
  readonly digest: string;
  /** SPDX identifier of the model's licence; null when unknown. */
  readonly license: string | null;
  /** Text of its NOTICE file; null when the licence asks for none. */
  readonly notice: string | null;
}

/** Label that carries an image's identity. */
export const identityLabel = "io.chatgemma.identity";

/** Hash of what an image contains and how it is put together, `sha256:…`. */
export function imageIdentity(contents: ImageContents, dockerfile: string): string {
  const { baseImage, model, digest, license, notice } = contents;
  return sha256(JSON.stringify([baseImage, model, digest, license, notice, dockerfile]));
}

/** The part of an identity that names and versions show. */
export function shortIdentity(identity: string): string {
  return identity.slice("sha256:".length, "sha256:".length + 12);
}

/**
 * Name of the image with an identity.
 *
 * It begins with `localhost/`, so that no engine ever looks for it on Docker Hub.
 */
export function imageName(model: string, identity: string): string {
  const { namespace, model: name, tag } = modelName(model);
  const repository = [...(namespace === "library" ? [] : [namespace]), name].join("/").toLowerCase();
  return `localhost/gemma/${repository}:${tag}-${shortIdentity(identity)}`;
}
