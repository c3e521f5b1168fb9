import { describe, expect, it } from "vitest";
import { apkPackages, dpkgPackages, osComponents, parseOsRelease } from "../../../offline/bundle/sbom-packages.ts";

describe("parseOsRelease", () => {
  it.each([
    ["double quotes", 'NAME="Debian"\nVERSION_ID="12"\nID=debian\n', { id: "debian", version: "12" }],
    ["single quotes", "ID='alpine'\nVERSION_ID='3.22.1'", { id: "alpine", version: "3.22.1" }],
    [
      "no quotes, and white space at the end",
      "ID=wolfi \nVERSION_ID=20230201\t\n",
      { id: "wolfi", version: "20230201" },
    ],
    ["no version", "ID=debian\nVERSION_CODENAME=sid\n", { id: "debian", version: undefined }],
    ["keys that end alike", "VARIANT_ID=x\nID=fedora\nOTHER_VERSION_ID=9\n", { id: "fedora", version: undefined }],
    ["no distribution", "NAME=Something\n", undefined],
    ["an empty one", 'ID=""\n', undefined],
    ["nothing", "", undefined],
  ])("reads one with %s", (_, text, distribution) => {
    expect(parseOsRelease(text)).toEqual(distribution);
  });
});

describe("dpkgPackages", () => {
  const paragraph = (name: string, status?: string) =>
    `Package: ${name}\n${status ? `Status: ${status}\n` : ""}Architecture: amd64\nVersion: 1.0\n`;

  it("reads name, version, architecture and source", () => {
    const text = [
      "Package: bash",
      "Status: install ok installed",
      "Architecture: amd64",
      "Version: 5.2.15-2+b8",
      "Source: bash (5.2.15-2)",
      "Description: shell",
      " Version: 9 is not one",
      " .",
      " The end.",
      "",
      "Package: perl-base",
      "Architecture: all",
      "Version: 5.36.0-7",
      "Source: perl",
    ].join("\n");
    expect(dpkgPackages(text)).toEqual([
      { name: "bash", version: "5.2.15-2+b8", architecture: "amd64", source: "bash@5.2.15-2", license: undefined },
      { name: "perl-base", version: "5.36.0-7", architecture: "all", source: "perl", license: undefined },
    ]);
  });

  it.each([
    ["install ok installed", true],
    ["hold ok installed", true],
    ["install ok half-configured", true],
    ["install ok unpacked", true],
    [undefined, true],
    ["deinstall ok config-files", false],
    ["purge ok not-installed", false],
  ])("takes a package of status %s: %s", (status, taken) => {
    expect(dpkgPackages(paragraph("a", status)).map(({ name }) => name)).toEqual(taken ? ["a"] : []);
  });

  it.each(["", "\n\n\n", "Package: a\n", "Version: 1\n", "what is this?\n\nnothing"])("finds none in %j", (text) => {
    expect(dpkgPackages(text)).toEqual([]);
  });
});

describe("apkPackages", () => {
  it("reads name, version, architecture, origin and licence", () => {
    const text = [
      "C:Q1abc=",
      "P:musl",
      "V:1.2.5-r10",
      "A:x86_64",
      "L:MIT",
      "o:musl",
      "F:lib",
      "R:ld-musl-x86_64.so.1",
      "a:0:0:755",
      "",
      "P:mine",
      "V:1",
      "A:noarch",
    ].join("\n");
    expect(apkPackages(text)).toEqual([
      { name: "musl", version: "1.2.5-r10", architecture: "x86_64", source: "musl", license: "MIT" },
      { name: "mine", version: "1", architecture: "noarch", source: undefined, license: undefined },
    ]);
  });
});

describe("osComponents", () => {
  const nothing = { osRelease: undefined, dpkgStatus: undefined, apkInstalled: undefined };
  const musl = "P:musl\nV:1.2.5-r10\nA:x86_64\n";
  const purls = (databases: object) => {
    const { components, origin } = osComponents("i", { ...nothing, ...databases });
    return [origin, ...components.map(({ purl, name }) => purl ?? name)];
  };

  it.each([
    ["no file at all", {}, ["unknown: the image has no database of dpkg or apk"]],
    ["os-release alone", { osRelease: "ID=x" }, ["unknown: the image has no database of dpkg or apk", "x"]],
    ["an empty database", { dpkgStatus: "" }, ["dpkg lists 0"]],
    [
      "a database of apk",
      { osRelease: "ID=alpine\nVERSION_ID=3.22.1", apkInstalled: `${musl}o:musl\n` },
      ["apk lists 1", "alpine", "pkg:apk/alpine/musl@1.2.5-r10?arch=x86_64&distro=alpine-3.22.1&upstream=musl"],
    ],
    [
      "a distribution without a version",
      { osRelease: "ID=wolfi", apkInstalled: musl },
      ["apk lists 1", "wolfi", "pkg:apk/wolfi/musl@1.2.5-r10?arch=x86_64&distro=wolfi"],
    ],
    [
      "both databases and no distribution",
      { dpkgStatus: "Package: a\nVersion: 1~2", apkInstalled: musl },
      ["dpkg lists 1, apk lists 1", "pkg:deb/debian/a@1~2", "pkg:apk/alpine/musl@1.2.5-r10?arch=x86_64"],
    ],
  ])("reads an image with %s", (_, databases, expected) => {
    expect(purls(databases)).toEqual(expected);
  });
});
