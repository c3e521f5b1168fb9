import { projectFolder } from "../../support/project-folder.ts";
import { findModel, licenses } from "../../config/catalogue.ts";
import type { PackagedImage, PackageManifest } from "../package/manifest.ts";
import { npmSbom, readImagePackages, sbom, type SbomImage } from "./sbom.ts";

/** An image of a package, with the image that it was made from, or that it is. */
export interface SourcedImage {
  readonly image: PackagedImage;
  readonly source: string;
}

/** What a package's SBOM is made from. */
export interface BundleSbomArgs {
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly images: readonly SourcedImage[];
  readonly model: PackageManifest["model"];
}

/** The CycloneDX SBOM of a package: packages of npm, tools, images and the model. */
export async function bundleSbom({ created, versions, images, model }: BundleSbomArgs): Promise<string> {
  const { program = "", ...tools } = versions;
  const known = findModel(model.name);
  return sbom({
    npm: await npmSbom(projectFolder),
    program: { name: "gemma", version: program },
    created,
    tools: Object.entries(tools).map(([name, version]) => ({ name, version })),
    images: await Promise.all(images.map(sbomImage)),
    model: { ...model, license: known?.digest === model.digest ? licenses[known.license] : undefined },
  });
}

async function sbomImage({ image: { name, id, layers }, source }: SourcedImage): Promise<SbomImage> {
  return { name, id, layers: layers.map(({ digest }) => digest), base: source, ...(await readImagePackages(source)) };
}
