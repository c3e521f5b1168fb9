import { projectFolder } from "../../commands/support/pulumi.ts";
import { findModel, licenses } from "../../config/catalogue.ts";
import type { ImageContents } from "../../docker/identity.ts";
import type { PackagedImage, PackageManifest } from "../package/manifest.ts";
import { npmSbom, readImagePackages, sbom } from "./sbom.ts";

/** What a package's SBOM is made from. */
export interface BundleSbomArgs {
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly image: PackagedImage;
  readonly contents: ImageContents;
  readonly model: PackageManifest["model"];
}

/** The CycloneDX SBOM of a package: packages of npm, tools, images and the model. */
export async function bundleSbom({ created, versions, image, contents, model }: BundleSbomArgs): Promise<string> {
  const { program = "", ...tools } = versions;
  const known = findModel(model.name);
  return sbom({
    npm: await npmSbom(projectFolder),
    program: { name: "gemma", version: program },
    created,
    tools: Object.entries(tools).map(([name, version]) => ({ name, version })),
    images: [
      {
        name: image.name,
        id: image.id,
        layers: image.layers.map(({ digest }) => digest),
        base: contents.baseImage,
        ...(await readImagePackages(contents.baseImage)),
      },
    ],
    model: { ...model, license: known?.digest === model.digest ? licenses[known.license] : undefined },
  });
}
