import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { findModel, licenses } from "../../config/catalogue.ts";
import type { PackagedImage, PackageManifest } from "../package/manifest.ts";
import { npmSbom, readImagePackages, sbom, type SbomImage, type SbomTool } from "./sbom.ts";

/** An image of a package, with the image that it was made from, or that it is. */
export interface SourcedImage {
  readonly image: PackagedImage;
  readonly source: string;
  /** What it runs. */
  readonly program: SbomTool;
  /** Folders of the packages of npm that are in that, in the project. */
  readonly packages: readonly string[];
}

/** What a package's SBOM is made from. */
export interface BundleSbomArgs {
  readonly created: string;
  /** Versions of the program and of what it runs with. */
  readonly versions: Readonly<Record<string, string>>;
  readonly images: readonly SourcedImage[];
  readonly models: PackageManifest["models"];
}

/** The CycloneDX SBOM of a package: packages of npm, tools, images and models. */
export async function bundleSbom({ created, versions, images, models }: BundleSbomArgs): Promise<string> {
  const { program = "", ...tools } = versions;
  return sbom({
    npm: await npmSbom(projectFolder),
    program: { name: "gemma", version: program },
    created,
    tools: Object.entries(tools).map(([name, version]) => ({ name, version })),
    images: await Promise.all(images.map(sbomImage)),
    models: models.map((model) => ({ ...model, license: licenseOf(model) })),
  });
}

/** The licence of the exact bytes that the catalogue knows. */
function licenseOf({ name, digest }: PackageManifest["models"][number]) {
  const known = findModel(name);
  return known?.digest === digest ? licenses[known.license] : undefined;
}

async function sbomImage({ image, source, program, packages }: SourcedImage): Promise<SbomImage> {
  const { name, id } = image;
  const layers = image.layers.map(({ digest }) => digest);
  const npm = await Promise.all(packages.map(npmReference));
  return { name, id, layers, base: source, program, npm, ...(await readImagePackages(source)) };
}

/** What npm calls a package in its SBOM, by its folder. */
async function npmReference(folder: string): Promise<string> {
  const text = await readFile(join(projectFolder, folder, "package.json"), "utf8");
  const { name, version } = JSON.parse(text) as { readonly name: string; readonly version: string };
  return `${name}@${version}`;
}
