import { Enums, Models } from "@cyclonedx/cyclonedx-library";

/** What an image says about its operating system, each as the text of its file; undefined where it lacks the file. */
export interface ImagePackages {
  /** etc/os-release */
  readonly osRelease: string | undefined;
  /** var/lib/dpkg/status, or the files of var/lib/dpkg/status.d with an empty line between them */
  readonly dpkgStatus: string | undefined;
  /** lib/apk/db/installed */
  readonly apkInstalled: string | undefined;
}

/** The distribution of an image, as os-release names it. */
export interface Distribution {
  readonly id: string;
  /** Undefined for a rolling release. */
  readonly version: string | undefined;
}

/** What the two package databases have in common. */
interface OsPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Package that it was built from, as `name` or `name@version`. */
  readonly source: string | undefined;
  readonly license: string | undefined;
}

/** Reads an os-release file, undefined when it names no distribution. */
export function parseOsRelease(text: string): Distribution | undefined {
  const values = new Map(
    Array.from(text.matchAll(/^([A-Z0-9_]+)=(["']?)(.*?)\2[ \t]*$/gm), ([, key = "", , value = ""]) => [key, value]),
  );
  const id = values.get("ID");
  return id ? { id, version: values.get("VERSION_ID") } : undefined;
}

/** The packages of dpkg that have files in the image. */
export function dpkgPackages(status: string): OsPackage[] {
  return paragraphs(status, /^([A-Za-z-]+):[ \t]*(.*)$/gm)
    .filter((fields) => !/ (not-installed|config-files)$/.test(fields.get("Status") ?? ""))
    .map((fields) => ({
      name: fields.get("Package") ?? "",
      version: fields.get("Version") ?? "",
      architecture: fields.get("Architecture") ?? "",
      source: fields.get("Source")?.replace(/ \((.*)\)$/, "@$1"),
      license: undefined,
    }))
    .filter(isPackage);
}

/** The packages of apk. */
export function apkPackages(installed: string): OsPackage[] {
  return paragraphs(installed, /^([A-Za-z]):(.*)$/gm)
    .map((fields) => ({
      name: fields.get("P") ?? "",
      version: fields.get("V") ?? "",
      architecture: fields.get("A") ?? "",
      source: fields.get("o"),
      license: fields.get("L"),
    }))
    .filter(isPackage);
}

function paragraphs(text: string, field: RegExp): Map<string, string>[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => new Map(Array.from(paragraph.matchAll(field), ([, key = "", value = ""]) => [key, value])));
}

function isPackage({ name, version }: OsPackage): boolean {
  return name !== "" && version !== "";
}

/** The operating system and the packages of an image as components, and in words where the packages came from. */
export function osComponents(
  image: string,
  { osRelease, dpkgStatus, apkInstalled }: ImagePackages,
): { components: Models.Component[]; origin: string } {
  const distribution = osRelease === undefined ? undefined : parseOsRelease(osRelease);
  const dpkg = dpkgStatus === undefined ? undefined : dpkgPackages(dpkgStatus);
  const apk = apkInstalled === undefined ? undefined : apkPackages(apkInstalled);
  const origins = [dpkg && `dpkg lists ${dpkg.length}`, apk && `apk lists ${apk.length}`].filter(Boolean);
  return {
    components: [
      ...(distribution ? [osComponent(image, distribution)] : []),
      ...(dpkg ?? []).map((found) => osPackage(image, "deb", distribution, found)),
      ...(apk ?? []).map((found) => osPackage(image, "apk", distribution, found)),
    ],
    origin: origins.join(", ") || "unknown: the image has no database of dpkg or apk",
  };
}

function osComponent(image: string, { id, version }: Distribution): Models.Component {
  return new Models.Component(Enums.ComponentType.OperatingSystem, id, { bomRef: `${image}#${id}`, version });
}

/** Vendors of packages in an image that does not say what it is. */
const vendors = { deb: "debian", apk: "alpine" };

function osPackage(
  image: string,
  type: keyof typeof vendors,
  distribution: Distribution | undefined,
  { name, version, architecture, source, license }: OsPackage,
): Models.Component {
  const qualifiers = {
    arch: architecture,
    distro: distribution && [distribution.id, distribution.version].filter(Boolean).join("-"),
    // Where scanners look for the name under which a distribution publishes its advisories.
    upstream: source,
  };
  const pairs = Object.entries(qualifiers).flatMap(([key, value]) => (value ? [`${key}=${encode(value)}`] : []));
  const vendor = encode(distribution?.id ?? vendors[type]);
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `${image}#${type}/${name}:${architecture}`,
    version,
    purl: `pkg:${type}/${vendor}/${encode(name)}@${encode(version)}${pairs.length > 0 ? "?" : ""}${pairs.join("&")}`,
    // One that SPDX's list does not have becomes a licence of this name.
    licenses: new Models.LicenseRepository(license ? [new Models.SpdxLicense(license)] : []),
  });
}

/** Package URLs leave the colon of an epoch as it is. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}
