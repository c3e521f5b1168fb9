import { Failure } from "../support/failure.ts";
import { projectFolder } from "../support/project-folder.ts";
import type { BundledProgram } from "./identity.ts";

/** A program as one file. */
export interface ProgramBundle {
  readonly content: Uint8Array;
  /** Folders of the packages of npm that are in it, in the project. */
  readonly packages: readonly string[];
}

/**
 * A program with all that it imports as one file; the same files make the same bytes on every machine.
 * @param image - the image that it is for, for the message
 * @param load - brings esbuild, which a closed host does not have
 * @throws Failure that says how else to get the image
 */
export async function programBundle(
  program: BundledProgram,
  image: string,
  load = () => import("esbuild"),
): Promise<ProgramBundle> {
  const { build } = await load().catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Failure(
      `The image ${image} is not in the engine, and there is no esbuild here to build it with: load the package's image ` +
        "with `docker load`, or run `npm ci` where npm's registry is reached",
    );
  });
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectFolder,
    entryPoints: [`${program}/main.ts`],
    outfile: `${program}.mjs`,
    bundle: true,
    // What a stack trace of a container's log names can be found in it.
    minify: false,
    platform: "node",
    format: "esm",
    target: "node24",
    // It has the packages' paths inside, which a link would lead out of the project.
    preserveSymlinks: true,
    // Of the file in the project, nothing matters here, and it is not in the program's version.
    tsconfigRaw: {},
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
    metafile: true,
    write: false,
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Failure(`esbuild made no file of the ${program}`);
  return { content: bundle.contents, packages: packagesOf(Object.keys(metafile.inputs)) };
}

/** Folders of packages that some files are in. */
function packagesOf(files: readonly string[]): string[] {
  const folders = files.map((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}
