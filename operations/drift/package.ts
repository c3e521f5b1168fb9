import { basename } from "node:path";
import { readDeployed } from "../../offline/host/deployed.ts";
import type { DataFolder, InstalledVersion } from "../../offline/host/data-folder.ts";
import { damagedFile, hasList } from "../../offline/host/tree-list.ts";
import { hasContainerdStore } from "../../engine/layers.ts";
import { toolNames } from "../../offline/package/manifest.ts";
import { shortDigest } from "../../support/hashing.ts";
import type { Difference } from "./compare.ts";
import type { Deployed } from "./engine.ts";
import { foreignContainers, foreignImages, type Found, type InspectedImage } from "./images.ts";
import { inspected } from "./inspect.ts";
import { counted, type Look } from "./look.ts";
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
  const version = await data.current();
  if (version === undefined)
    return [{ untold: [`package: ${data.path} has no version that serves, or no manifest of it`] }];
  const records = await readDeployed(data).catch(() => []);
  const record = records.find((each) => each.version === version.manifest.digest);
  return [
    manifestLook(version),
    await checkSignature({ folder: version.folder, origin: record?.origin ?? null, signers }),
    await compareImages(version, containers),
    await programLook(version, data),
  ];
}

/** The folder of a version has its name of the manifest's digest. */
function manifestLook({ folder, manifest }: InstalledVersion): Look {
  const [deployed, now] = [basename(folder), shortDigest(manifest.digest)];
  return deployed === now ? {} : { differences: [{ of: "package", key: "manifest", deployed, now }] };
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
