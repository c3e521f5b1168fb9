import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Enums, Models } from "@cyclonedx/cyclonedx-library";
import { Failure } from "../../support/failure.ts";

const execute = promisify(execFile);

/** What `npm sbom` prints, as far as it is used here. */
interface NpmDocument {
  readonly metadata: {
    readonly tools: readonly { readonly version: string }[];
    readonly component: NpmComponent;
  };
  readonly components: readonly NpmComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface NpmComponent {
  readonly "bom-ref": string;
  readonly type: Enums.ComponentType;
  readonly name: string;
  readonly version: string;
  readonly scope?: Enums.ComponentScope;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: Enums.HashAlgorithm; readonly content: string }[];
  readonly licenses?: readonly NpmLicense[];
  readonly properties: readonly { readonly name: string }[];
}

type NpmLicense = { readonly license: { readonly id: string } } | { readonly expression: string };

/** The packages of npm in the model of CycloneDX. */
export interface NpmPackages {
  /** Version of npm that found them. */
  readonly npm: string;
  /** Licences of the program itself. */
  readonly licenses: Models.LicenseRepository;
  readonly components: readonly Models.Component[];
  /** Those that the program itself depends on. */
  readonly direct: readonly Models.Component[];
}

/**
 * The CycloneDX document of npm for all packages in a folder's package-lock.json.
 * @throws Failure with npm's own message, for example when that is not what package.json asks for
 */
export async function npmSbom(folder: string): Promise<string> {
  // Not --omit=dev: it also leaves out every package of the program that one for development needs too.
  // The lock says all that node_modules says but for web addresses, in whatever state that is.
  // Whatever started this, as `npm run -s` does, may have silenced npm, which then fails without a reason.
  const args = [
    "sbom",
    "--loglevel=error",
    "--sbom-format=cyclonedx",
    "--include=dev",
    "--package-lock-only",
    "--offline",
  ];
  try {
    const { stdout } = await execute("npm", args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stderr = "", message } = error as Error & { code?: string | number; stderr?: string };
    if (code === "ENOENT")
      throw new Failure("The npm command was not found; install Node with npm, and put it on the PATH");
    throw new Failure(
      `npm cannot list the packages of package-lock.json in ${folder}; run \`npm install\` there:\n${stderr.trim() || message}`,
    );
  }
}

/** The packages in what {@link npmSbom} returned, without those that are for development only. */
export function npmPackages(text: string): NpmPackages {
  const { metadata, components, dependencies } = JSON.parse(text) as NpmDocument;
  // Older versions of npm list a package twice that is installed twice.
  const byRef = new Map(
    components
      .filter(({ properties }) => !properties.some(({ name }) => name === "cdx:npm:package:development"))
      .map((component) => [component["bom-ref"], npmComponent(component)]),
  );
  const dependsOn = (wanted: string) => {
    const refs = dependencies.filter(({ ref }) => ref === wanted).flatMap((found) => found.dependsOn ?? []);
    return [...new Set(refs)].sort().flatMap((ref) => byRef.get(ref) ?? []);
  };
  for (const [ref, { dependencies: own }] of byRef) for (const { bomRef } of dependsOn(ref)) own.add(bomRef);
  return {
    npm: metadata.tools[0]?.version ?? "",
    licenses: npmLicenses(metadata.component.licenses),
    components: [...byRef.values()],
    direct: dependsOn(metadata.component["bom-ref"]),
  };
}

/**
 * Packages that are built into the program of an image, also those that are for development otherwise.
 * @param refs - as the document refers to them
 * @param prefix - of their references in the SBOM, which has the same packages elsewhere too
 */
export function bundledPackages(text: string, refs: readonly string[], prefix: string): Models.Component[] {
  const { components } = JSON.parse(text) as NpmDocument;
  return components
    .filter((component) => refs.includes(component["bom-ref"]))
    .map((component) =>
      npmComponent({ ...component, "bom-ref": prefix + component["bom-ref"], scope: Enums.ComponentScope.Required }),
    );
}

function npmComponent({ type, name, version, scope, purl, ...rest }: NpmComponent): Models.Component {
  return new Models.Component(type, name, {
    bomRef: rest["bom-ref"],
    version,
    scope,
    purl,
    hashes: new Models.HashDictionary((rest.hashes ?? []).map(({ alg, content }) => [alg, content])),
    licenses: npmLicenses(rest.licenses),
  });
}

function npmLicenses(licenses: readonly NpmLicense[] = []): Models.LicenseRepository {
  return new Models.LicenseRepository(
    licenses.map((choice) =>
      "expression" in choice
        ? new Models.LicenseExpression(choice.expression)
        : new Models.SpdxLicense(choice.license.id),
    ),
  );
}
