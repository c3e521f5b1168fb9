import { sha256 } from "../support/hashing.ts";
import { modelName } from "../config/model-name.ts";
import { Failure } from "../support/failure.ts";

/** Everything that decides what an embedded image contains. */
export interface ImageContents {
  /** Pinned image of the server. */
  readonly baseImage: string;
  /** Lowest layer first. */
  readonly models: readonly EmbeddedModel[];
}

/** A model in an embedded image. */
export interface EmbeddedModel {
  /** `model:tag` */
  readonly name: string;
  /** Digest of its manifest; pins every blob. */
  readonly digest: string;
  /** SPDX identifier of its licence; null when unknown. */
  readonly license: string | null;
  /** Text of its NOTICE file; null when the licence asks for none. */
  readonly notice: string | null;
  /** Context of its own, tokens; null where the server's is right. */
  readonly contextLength: number | null;
}

/** A model of a stack, as far as it decides what an image contains. */
export interface ModelToEmbed {
  readonly name: string;
  /** Required, because it decides what the image contains. */
  readonly digest: string | undefined;
  /** SPDX identifier and notice of its licence, when they are known. */
  readonly license?: { readonly spdx: string; readonly notice: string | null } | undefined;
  readonly contextLength?: number | undefined;
}

/**
 * What the embedded image of a stack contains.
 * @throws Failure that names a model without a digest
 */
export function imageContents(stack: {
  readonly baseImage: string;
  readonly models: readonly ModelToEmbed[];
}): ImageContents {
  const models = stack.models.map(({ name, digest, license, contextLength }) => {
    if (digest === undefined)
      throw new Failure(`${name} has no digest to embed it by; write one into its entry of models`);
    const { spdx = null, notice = null } = license ?? {};
    return { name, digest, license: spdx, notice, contextLength: contextLength ?? null };
  });
  return { baseImage: stack.baseImage, models };
}

/** Label that carries an image's identity. */
export const identityLabel = "io.chatgemma.identity";

/** Raised when the same weights are put together in another way; hosts that have them of another one get them again. */
export const layout = 3;

/** Raised when the same contents are put around them in another way. */
const surroundings = 1;

/** Hash of what an image contains and how it is put together, `sha256:…`. */
export function imageIdentity(contents: ImageContents): string {
  const models = contents.models.map(({ name, digest, license, notice, contextLength }) => [
    ...[name, digest, license, notice, contextLength],
  ]);
  return sha256(JSON.stringify([layout, surroundings, contents.baseImage, models]));
}

/** The part of an identity that names and versions show. */
export function shortIdentity(identity: string): string {
  return identity.slice("sha256:".length, "sha256:".length + 12);
}

/**
 * Name of the image with some contents, after its first model.
 *
 * It begins with `localhost/`, so that no engine ever looks for it on Docker Hub.
 */
export function imageName(contents: ImageContents): string {
  const { namespace, model: name, tag } = modelName(contents.models[0]?.name ?? "");
  const repository = [...(namespace === "library" ? [] : [namespace]), name].join("/").toLowerCase();
  return `localhost/gemma/${repository}:${tag}-${shortIdentity(imageIdentity(contents))}`;
}

/** Name under which an image of the monitoring is in an engine, as {@link gatewayImageName}. */
export function monitoringImageName(part: string, image: string): string {
  return `localhost/gemma/${part}:${shortIdentity(sha256(image))}`;
}

/** Name under which the gateway's image is in an engine, the same wherever it came from. */
export function gatewayImageName(image: string): string {
  return `localhost/gemma/gateway:${shortIdentity(sha256(image))}`;
}

/** A program of this project that is one file, in an image of its own. */
export type BundledProgram = "usher" | "watcher";

/** Everything that decides what the image of such a program contains. */
export interface ProgramContents {
  /** Pinned image with Node. */
  readonly image: string;
  /** Version of the program's code. */
  readonly code: string;
}

/** Raised when the same contents of such an image are put together in another way. */
const programLayout = 1;

/** Hash of what the image of a program contains and how it is put together, `sha256:…`. */
export function programIdentity({ image, code }: ProgramContents): string {
  return sha256(JSON.stringify([programLayout, image, code]));
}

/** Name of a program's image with some contents, which no engine looks for elsewhere. */
export function programImageName(program: BundledProgram, contents: ProgramContents): string {
  return `localhost/gemma/${program}:${shortIdentity(programIdentity(contents))}`;
}

/** Name of the usher's image with some contents. */
export function usherImageName(contents: ProgramContents): string {
  return programImageName("usher", contents);
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
  const { baseImage, models } = contents;
  const identity = imageIdentity(contents);
  const names = models.map(({ name }) => name);
  const licenses = new Set(models.flatMap(({ license }) => license ?? []));
  return {
    [identityLabel]: identity,
    "io.chatgemma.model": names.join(" "),
    "io.chatgemma.model.digest": models.map(({ digest }) => digest).join(" "),
    "org.opencontainers.image.title": `${names.join(", ")} on Ollama`,
    "org.opencontainers.image.description": `Ollama with ${names.join(", ")} inside`,
    ...originLabels(identity, baseImage),
    ...(licenses.size === 0 ? {} : { "org.opencontainers.image.licenses": [...licenses].join(" AND ") }),
  };
}

const programTitles: Readonly<Record<BundledProgram, readonly [title: string, description: string]>> = {
  usher: ["Usher", "The server of the gateway that knows what a request asks of Ollama"],
  watcher: ["Watcher", "Notices when Ollama does not answer as it should, and does something about it"],
};

/** Labels of a program's image with some contents. */
export function programLabels(program: BundledProgram, contents: ProgramContents): Readonly<Record<string, string>> {
  const identity = programIdentity(contents);
  const [title, description] = programTitles[program];
  return {
    [identityLabel]: identity,
    "org.opencontainers.image.title": title,
    "org.opencontainers.image.description": description,
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
