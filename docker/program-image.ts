import { buffer } from "node:stream/consumers";
import { sha256 } from "../support/hashing.ts";
import type { Measured } from "./embedded-image.ts";
import { programLabels, type BundledProgram, type ProgramContents } from "./identity.ts";
import { joinedConfig, type ImageConfig } from "./image-config.ts";
import { folder, tar } from "./tar.ts";

/** Program of such an image's containers, in front of a command of its own. */
export function programIn(program: BundledProgram): readonly string[] {
  return ["node", `/${program}/${program}.mjs`];
}

/** Command with which each of them serves. */
export const serveCommand = "serve";

/** What a program's image consists of besides its base. */
export interface ProgramParts {
  /** Topmost, so that other code moves no layer of the base. */
  readonly layer: Measured & { readonly content: Uint8Array };
  /** Text of the configuration on a base; its sha256 is the image's ID. */
  readonly configOn: (base: ImageConfig) => string;
}

/** Makes what a program's image consists of besides its base, from the one file that the program is. */
export async function programParts(
  program: BundledProgram,
  contents: ProgramContents,
  bundle: Uint8Array,
): Promise<ProgramParts> {
  const content = await programLayer(program, bundle);
  const layer = { digest: sha256(content), size: content.length, content };
  return { layer, configOn: (base) => programConfig(program, base, contents, layer.digest) };
}

/** The layer with the program as an uncompressed tar, where {@link programIn} looks for it. */
export async function programLayer(program: BundledProgram, bundle: Uint8Array): Promise<Uint8Array> {
  return buffer(tar([folder(program), { header: { name: `${program}/${program}.mjs` }, content: bundle }]));
}

/** Text of the configuration that puts a program's layer on a base image, whose own program is not run. */
export function programConfig(
  program: BundledProgram,
  base: ImageConfig,
  contents: ProgramContents,
  digest: string,
): string {
  return joinedConfig(base, {
    below: [],
    above: [{ digest, what: `the ${program}` }],
    labels: programLabels(program, contents),
    settings: { Entrypoint: programIn(program), Cmd: [serveCommand] },
  });
}
