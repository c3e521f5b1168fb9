import { projectFolder } from "../../commands/support/pulumi.ts";
import { findModel, licenses } from "../../config/catalogue.ts";
import type { PackagedImage, PackageManifest } from "../package/manifest.ts";
import { npmSbom, readImagePackages, sbom, type SbomImage } from "./sbom.ts";

/** What a package's SBOM is made from. */
export interface BundleSbomArgs {
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly images: readonly PackagedImage[];
  /** The image that each was made from, or that it is. */
  readonly sources: readonly string[];
  readonly model: PackageManifest["model"];
}

/** The CycloneDX SBOM of a package: packages of npm, tools, images and the model. */
export async function bundleSbom({ created, versions, images, sources, model }: BundleSbomArgs): Promise<string> {
  const { program = "", ...tools } = versions;
  const known = findModel(model.name);
  return sbom({
    npm: await npmSbom(projectFolder),
    program: { name: "gemma", version: program },
    created,
    tools: Object.entries(tools).map(([name, version]) => ({ name, version })),
    images: await Promise.all(images.map((image, index) => sbomImage(image, sources[index] ?? ""))),
    model: { ...model, license: known?.digest === model.digest ? licenses[known.license] : undefined },
  });
}

async function sbomImage({ name, id, layers }: PackagedImage, source: string): Promise<SbomImage> {
  return { name, id, layers: layers.map(({ digest }) => digest), base: source, ...(await readImagePackages(source)) };
}
