import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import library from "@cyclonedx/cyclonedx-library/package.json" with { type: "json" };
import { sha256 } from "../../support/hashing.ts";
import { modelName } from "../../config/model-name.ts";
import { modelLayers } from "../../docker/weights-layer.ts";
import { hashes, inOrder, property } from "./sbom-components.ts";
import { bundledPackages, npmPackages } from "./sbom-npm.ts";
import { osComponents, type ImagePackages } from "./sbom-packages.ts";

export { readImagePackages } from "./read-image-packages.ts";
export { npmSbom } from "./sbom-npm.ts";

/** A program of a certain version. */
export interface SbomTool {
  readonly name: string;
  readonly version: string;
}

/** A container image. */
export interface SbomImage extends ImagePackages {
  readonly name: string;
  /** `sha256:…` */
  readonly id: string;
  /** Digests of the uncompressed layers, lowest first. */
  readonly layers: readonly string[];
  /** Image that it was made from; empty when there is none. */
  readonly base: string;
  /** What it runs, which no database of it lists; undefined when unknown. */
  readonly program: SbomTool | undefined;
  /** Packages of npm that are in that, as npm's SBOM refers to them. */
  readonly npm: readonly string[];
}

/** A model in Ollama's store. */
export interface SbomModel {
  /** `[namespace/]model:tag` */
  readonly name: string;
  /** Digest of the manifest. */
  readonly digest: string;
  readonly blobs: readonly { readonly digest: string; readonly size: number }[];
  readonly license: { readonly spdx: string; readonly url: string } | undefined;
}

/** Everything that an SBOM tells of. */
export interface SbomInput {
  /** What `npm sbom` printed. */
  readonly npm: string;
  readonly program: SbomTool;
  /** ISO 8601 */
  readonly created: string;
  readonly tools: readonly SbomTool[];
  readonly images: readonly SbomImage[];
  readonly models: readonly SbomModel[];
}

const { ComponentType } = Enums;

/** A CycloneDX document, the same text for the same input. */
export function sbom(input: SbomInput): string {
  const npm = npmPackages(input.npm);
  const images = input.images.map((image) => imageComponent(image, input.npm));
  const own = [...images, ...modelComponents(input.models), ...input.tools.map(toolComponent)];
  const program = new Models.Component(ComponentType.Application, input.program.name, {
    bomRef: "program",
    version: input.program.version,
    licenses: npm.licenses,
    dependencies: new Models.BomRefRepository([...inOrder([...npm.direct, ...own])].map(({ bomRef }) => bomRef)),
  });
  const makers = [
    new Models.Component(ComponentType.Application, "npm", { version: npm.npm }),
    new Models.Component(ComponentType.Library, library.name, { version: library.version }),
  ];
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      timestamp: new Date(input.created),
      tools: new Models.Tools({ components: new Models.ComponentRepository(makers) }),
      component: program,
    }),
    components: inOrder([...npm.components, ...own]),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  bom.serialNumber = serialNumber(serializer.serialize(bom));
  return serializer.serialize(bom);
}

function imageComponent(image: SbomImage, npm: string): Models.Component {
  const { name, id, layers, base } = image;
  const ref = `image:${name}`;
  const { components, origin } = osComponents(ref, image);
  const programs = image.program && [applicationComponent(`${ref}#program/${image.program.name}`, image.program)];
  return new Models.Component(ComponentType.Container, name, {
    bomRef: ref,
    version: id,
    hashes: hashes(id),
    properties: new Models.PropertyRepository([
      ...(base === "" ? [] : [property("image:base", base)]),
      ...layers.map((layer) => property("image:layer", layer)),
      property("image:packages", origin),
    ]),
    components: inOrder([...components, ...(programs ?? []), ...bundledPackages(npm, image.npm, `${ref}#npm/`)]),
  });
}

/** A blob that several models have is listed with the first. */
function modelComponents(models: readonly SbomModel[]): Models.Component[] {
  return modelLayers(models, 0).map(({ model, own }) => modelComponent({ ...model, blobs: own }));
}

function modelComponent({ name, digest, blobs, license }: SbomModel): Models.Component {
  const { namespace, model, tag } = modelName(name);
  return new Models.Component(
    ComponentType.MachineLearningModel,
    namespace === "library" ? model : `${namespace}/${model}`,
    {
      bomRef: `model:${name}`,
      version: tag,
      hashes: hashes(digest),
      licenses: new Models.LicenseRepository(
        license ? [new Models.SpdxLicense(license.spdx, { url: license.url })] : [],
      ),
      components: inOrder(blobs.map(blobComponent)),
    },
  );
}

function blobComponent({ digest, size }: SbomModel["blobs"][number]): Models.Component {
  return new Models.Component(ComponentType.File, digest.replace(":", "-"), {
    bomRef: `blob:${digest}`,
    hashes: hashes(digest),
    properties: new Models.PropertyRepository([property("file:size", String(size))]),
  });
}

function toolComponent(tool: SbomTool): Models.Component {
  return applicationComponent(`tool:${tool.name}@${tool.version}`, tool);
}

function applicationComponent(bomRef: string, { name, version }: SbomTool): Models.Component {
  return new Models.Component(ComponentType.Application, name, { bomRef, version });
}

/** A UUID of version 8, the one whose bits are the application's own. */
function serialNumber(text: string): string {
  const hex = sha256(text).slice("sha256:".length);
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(12, 15)}`,
    `a${hex.slice(15, 18)}`,
    hex.slice(18, 30),
  ];
  return `urn:uuid:${groups.join("-")}`;
}
