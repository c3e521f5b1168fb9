import { engineImageName } from "../../docker/identity.ts";
import { askImage } from "../../engine/ask-image.ts";
import type { SbomTool } from "./sbom.ts";

/** A program of an image, and the command that says its version. */
export interface AskedProgram {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** A program of an image in the engine with its version as it says it itself, `unknown` where it says none. */
export async function programIn(image: string, { name, command }: AskedProgram): Promise<SbomTool> {
  const [program, ...args] = command;
  const said = await askImage(engineImageName(image), args, { program }).catch(() => "");
  return { name, version: /\d+\.\d+\.\d+[^\s,]*/.exec(said)?.[0] ?? "unknown" };
}
