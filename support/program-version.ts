import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "./project-folder.ts";

/** Version of this program, as package.json has it. */
export const programVersion = (
  JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as { readonly version: string }
).version;
