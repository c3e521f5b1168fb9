import { buffer } from "node:stream/consumers";
import { sha256 } from "../support/hashing.ts";
import type { Measured } from "./embedded-image.ts";
import { usherLabels, type UsherContents } from "./identity.ts";
import { joinedConfig, type ImageConfig } from "./image-config.ts";
import { folder, tar } from "./tar.ts";

/** Program of the usher's containers, in front of a command of its own. */
export const usherProgram: readonly string[] = ["node", "/usher/usher.mjs"];

/** Command with which it serves. */
export const usherCommand = "serve";

/** What the usher's image consists of besides its base. */
export interface UsherParts {
  /** Topmost, so that other code moves no layer of the base. */
  readonly layer: Measured & { readonly content: Uint8Array };
  /** Text of the configuration on a base; its sha256 is the image's ID. */
  readonly configOn: (base: ImageConfig) => string;
}

/** Makes what the usher's image consists of besides its base, from the one file that the usher is. */
export async function usherParts(contents: UsherContents, bundle: Uint8Array): Promise<UsherParts> {
  const content = await usherLayer(bundle);
  const layer = { digest: sha256(content), size: content.length, content };
  return { layer, configOn: (base) => usherConfig(base, contents, layer.digest) };
}

/** The layer with the usher as an uncompressed tar, where {@link usherProgram} looks for it. */
export async function usherLayer(bundle: Uint8Array): Promise<Uint8Array> {
  return buffer(tar([folder("usher"), { header: { name: "usher/usher.mjs" }, content: bundle }]));
}

/** Text of the configuration that puts the usher's layer on a base image, whose own program is not run. */
export function usherConfig(base: ImageConfig, contents: UsherContents, digest: string): string {
  return joinedConfig(base, {
    below: [],
    above: [{ digest, what: "the usher" }],
    labels: usherLabels(contents),
    settings: { Entrypoint: usherProgram, Cmd: [usherCommand] },
  });
}
