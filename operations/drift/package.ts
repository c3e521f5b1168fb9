import { readFile, readlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readDeployed } from "../../offline/host/deployed.ts";
import type { DataFolder, InstalledVersion } from "../../offline/host/data-folder.ts";
import { damagedFile, hasList } from "../../offline/host/tree-list.ts";
import { hasContainerdStore } from "../../engine/layers.ts";
import { manifestName, toolNames } from "../../offline/package/manifest.ts";
import { sha256, shortDigest } from "../../support/hashing.ts";
import { counted } from "../../support/counted.ts";
import type { Difference } from "./compare.ts";
import type { Deployed } from "./engine.ts";
import { foreignContainers, foreignImages, type Found, type InspectedImage } from "./images.ts";
import { inspected } from "./inspect.ts";
import type { Look } from "./look.ts";
import type { InspectedContainer } from "./running.ts";
import { checkSignature } from "./signature.ts";

/** What is compared with the package that was deployed. */
export interface PackageQuestion {
  readonly data: DataFolder;
  readonly containers: readonly Deployed[];
  readonly signers: string | undefined;
}

/** Compares images, signature and program files with what the package brought. */
export async function compareWithPackage({ data, containers, signers }: PackageQuestion): Promise<readonly Look[]> {
  const link = await readlink(join(data.path, "current"));
  const folder = resolve(data.path, link);
  const text = await readFile(join(folder, manifestName));
  const records = await readDeployed(data).catch(() => []);
  const record = records.find(({ version }) => shortDigest(version) === basename(folder));
  const version = await data.current();
  return [
    manifestLook(folder, text),
    await checkSignature({ folder, origin: record?.origin ?? null, signers }),
    ...(version === undefined
      ? [{ untold: ["images and files of the package, as its manifest cannot be read"] }]
      : [await compareImages(version, containers), await programLook(version, data)]),
  ];
}

/** A version's folder is named after the digest of its manifest. */
function manifestLook(folder: string, text: Uint8Array): Look {
  const [deployed, now] = [basename(folder), shortDigest(sha256(text))];
  return deployed === now ? {} : { differences: [{ of: "package", key: manifestName, deployed, now }] };
}

async function compareImages(
  { manifest: { images } }: InstalledVersion,
  containers: readonly Deployed[],
): Promise<Look> {
  const found = new Map<string, Found>();
  for (const { name } of images) found.set(name, await inspected<InspectedImage>("image", name));
  const used: { name: string; image: Found }[] = [];
  for (const { id, name } of containers) {
    const running = await inspected<InspectedContainer>("container", id);
    if (running === undefined) continue;
    const { Image, Config } = running;
    const image =
      (await inspected<InspectedImage>("image", Image)) ?? (await inspected<InspectedImage>("image", Config.Image));
    used.push({ name, image });
  }
  return {
    differences: [...foreignImages(images, found, await hasContainerdStore()), ...foreignContainers(images, used)],
    compared: [`${counted(images.length, "image")} of the package, by ID and layers`],
  };
}

async function programLook({ folder, manifest }: InstalledVersion, data: DataFolder): Promise<Look> {
  if (!hasList(folder)) return { untold: ["files of the program"] };
  const trees = [folder, ...toolNames.map((name) => data.tool(manifest.tools[name].digest)), data.plugins];
  const differences: Difference[] = [];
  for (const tree of trees.filter(hasList)) {
    const file = await damagedFile(tree);
    if (file !== undefined) differences.push({ of: "program", key: file });
  }
  return { differences, compared: ["files of the program"] };
}
