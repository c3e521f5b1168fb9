import { sha256 } from "../support/hashing.ts";
import { modelName } from "../config/model-name.ts";

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

/** What the embedded image of a stack contains. */
export function imageContents(stack: {
  readonly baseImage: string;
  readonly model: {
    readonly name: string;
    readonly digest: string;
    readonly license?: { readonly spdx: string; readonly notice: string } | undefined;
  };
}): ImageContents {
  const { name, digest, license } = stack.model;
  return {
    baseImage: stack.baseImage,
    model: name,
    digest,
    license: license?.spdx ?? null,
    notice: license?.notice ?? null,
  };
}

/** Label that carries an image's identity. */
export const identityLabel = "io.chatgemma.identity";

/** Raised when the same contents are put together in another way. */
export const layout = 3;

/** Hash of what an image contains and how it is put together, `sha256:…`. */
export function imageIdentity(contents: ImageContents): string {
  const { baseImage, model, digest, license, notice } = contents;
  return sha256(JSON.stringify([layout, baseImage, model, digest, license, notice]));
}

/** The part of an identity that names and versions show. */
export function shortIdentity(identity: string): string {
  return identity.slice("sha256:".length, "sha256:".length + 12);
}

/**
 * Name of the image with some contents.
 *
 * It begins with `localhost/`, so that no engine ever looks for it on Docker Hub.
 */
export function imageName(contents: ImageContents): string {
  const { namespace, model: name, tag } = modelName(contents.model);
  const repository = [...(namespace === "library" ? [] : [namespace]), name].join("/").toLowerCase();
  return `localhost/gemma/${repository}:${tag}-${shortIdentity(imageIdentity(contents))}`;
}

/** Name under which the gateway's image is in an engine, the same wherever it came from. */
export function gatewayImageName(image: string): string {
  return `localhost/gemma/gateway:${shortIdentity(sha256(image))}`;
}

/** Everything that decides what the usher's image contains. */
export interface UsherContents {
  /** Pinned image with Node. */
  readonly image: string;
  /** Version of the usher's code. */
  readonly code: string;
}

/** Raised when the same contents of the usher's image are put together in another way. */
const usherLayout = 1;

/** Hash of what the usher's image contains and how it is put together, `sha256:…`. */
export function usherIdentity({ image, code }: UsherContents): string {
  return sha256(JSON.stringify([usherLayout, image, code]));
}

/** Name of the usher's image with some contents, which no engine looks for elsewhere. */
export function usherImageName(contents: UsherContents): string {
  return `localhost/gemma/usher:${shortIdentity(usherIdentity(contents))}`;
}

/** Whether an image of the configuration is one that was loaded from a file, named by the digest of its configuration. */
export function isLoadedImage(image: string): boolean {
  return image.startsWith("sha256:");
}

/** Name that an image which was loaded from a file gets in an engine, since not every store finds it by its digest. */
export function loadedImageName(image: string): string {
  return `localhost/gemma/loaded:${shortIdentity(image)}`;
}

/** Name by which an engine knows an image of the configuration. */
export function engineImageName(image: string): string {
  return isLoadedImage(image) ? loadedImageName(image) : image;
}

/** Labels of the image with some contents. */
export function imageLabels(contents: ImageContents): Readonly<Record<string, string>> {
  const { baseImage, model, digest, license } = contents;
  const identity = imageIdentity(contents);
  return {
    [identityLabel]: identity,
    "io.chatgemma.model": model,
    "io.chatgemma.model.digest": digest,
    "org.opencontainers.image.title": `${model} on Ollama`,
    "org.opencontainers.image.description": `Ollama with the model ${model} inside`,
    ...originLabels(identity, baseImage),
    ...(license === null ? {} : { "org.opencontainers.image.licenses": license }),
  };
}

/** Labels of the usher's image with some contents. */
export function usherLabels(contents: UsherContents): Readonly<Record<string, string>> {
  const identity = usherIdentity(contents);
  return {
    [identityLabel]: identity,
    "org.opencontainers.image.title": "Usher",
    "org.opencontainers.image.description": "The server of the gateway that knows what a request asks of Ollama",
    ...originLabels(identity, contents.image),
  };
}

function originLabels(identity: string, baseImage: string): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.version": shortIdentity(identity),
    "org.opencontainers.image.base.name": baseImage,
    "org.opencontainers.image.base.digest": baseImage.slice(baseImage.lastIndexOf("sha256:")),
  };
}
