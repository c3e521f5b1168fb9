import { engineImageName } from "../../docker/identity.ts";
import { askImage } from "../../engine/ask-image.ts";
import type { SbomTool } from "./sbom.ts";

/** A program of an image, and the command that says its version. */
export interface AskedProgram {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What an image may have in its place. */
  readonly instead?: AskedProgram;
}

/** A program of an image in the engine with its version as it says it itself, `unknown` where none says one. */
export async function programIn(image: string, asked: AskedProgram): Promise<SbomTool> {
  for (let each: AskedProgram | undefined = asked; each !== undefined; each = each.instead) {
    const version = await versionIn(image, each.command);
    if (version !== undefined) return { name: each.name, version };
  }
  return { name: asked.name, version: "unknown" };
}

async function versionIn(image: string, [program, ...args]: AskedProgram["command"]): Promise<string | undefined> {
  const said = await askImage(engineImageName(image), args, { program }).catch(() => "");
  return /\d+\.\d+\.\d+[^\s,]*/.exec(said)?.[0];
}
