import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { ownName } from "../../../../engine/image-owners.ts";
import { prune } from "../../../../offline/host/prune.ts";
import { toolNames, type Content, type ToolName } from "../../../../offline/package/manifest.ts";
import { shortDigest } from "../../../../support/hashing.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { installVersion } from "../../support/installed-version.ts";
import { contentNamed, tinyImage } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** The name of something that a killed run has half loaded. */
const half = "localhost/gemma/layer:half";

/** An engine that has every image; tells what it was asked to remove. */
function engine(): () => string[] {
  const folder = fakePrograms({
    docker: [
      'case "$1 $2" in',
      `"image ls") echo ${half} ;;`,
      '"image inspect") echo "[]" ;;',
      'rmi*) echo "$@" >>"$(dirname "$0")/removed" ;;',
      "esac",
    ].join("\n"),
  });
  writeFileSync(join(folder, "removed"), "");
  return () => readFileSync(join(folder, "removed"), "utf8").split("\n").filter(Boolean).sort();
}

const image = (name: string) => ({ ...tinyImage, name, layers: [contentNamed(`weights of ${name}`, 1, [])] });

/** Versions of five days, each with tools and an image of its own and an image that all have; the second and the fourth are kept. */
async function fiveVersions() {
  const data = new DataFolder(tempFolder());
  await data.create();
  const versions = [];
  for (const day of [1, 2, 3, 4, 5]) {
    const tools = Object.fromEntries(toolNames.map((name) => [name, contentNamed(`${name} of ${day}`, 1, [])]));
    versions.push(
      await installVersion(data, {
        created: `2026-11-0${day}T00:00:00Z`,
        tools: { ...(tools as Record<ToolName, Content>), node: contentNamed("node", 1, []) },
        images: [image(`image:${day}`), image("gateway:1")],
      }),
    );
    for (const { digest } of Object.values(versions.at(-1)?.manifest.tools ?? {}))
      mkdirSync(join(data.tool(digest), "inside"), { recursive: true });
  }
  const [, previous, , current] = versions;
  if (previous === undefined || current === undefined) throw new Error("there are five");
  await data.select(previous);
  await data.select(current);
  return { data, kept: [previous, current] };
}

const names = (data: DataFolder, folder: string) => readdirSync(join(data.path, folder)).sort();

it("leaves what the version that serves and the one before it need, and nothing of others", async () => {
  const { data, kept } = await fiveVersions();
  for (const folder of ["versions", "tools"])
    for (const name of [`${"a".repeat(12)}.partial`, "b".repeat(12)])
      mkdirSync(join(data.path, folder, name, "half"), { recursive: true });
  const removed = engine();
  await prune(data);
  expect(names(data, "versions")).toEqual(kept.map(({ folder }) => basename(folder)).sort());
  const tools = kept.flatMap(({ manifest }) => Object.values(manifest.tools).map(({ digest }) => shortDigest(digest)));
  expect(names(data, "tools")).toEqual([...new Set(tools)].sort());
  expect(removed()).toEqual(
    [
      `rmi ${half}`,
      ...["image:1", "image:3", "image:5"].flatMap((name) => [`rmi ${ownName(name, data.owner)}`, `rmi ${name}`]),
    ].sort(),
  );
  await prune(data);
  expect(names(data, "versions")).toHaveLength(2);
});

it("leaves what is not named as its own", async () => {
  const { data } = await fiveVersions();
  const others = ["notes", "0123456789AB", "0123456789ab.tar", "0123456789abc"];
  for (const folder of ["versions", "tools"]) for (const name of others) mkdirSync(join(data.path, folder, name));
  engine();
  await prune(data);
  for (const folder of ["versions", "tools"]) expect(names(data, folder)).toEqual(expect.arrayContaining(others));
});

it("goes on after a run that was killed while it removed a version", async () => {
  const { data, kept } = await fiveVersions();
  const first = (await data.versions())[0]?.folder ?? "";
  mkdirSync(join(`${first}.partial`, "half"), { recursive: true });
  engine();
  await prune(data);
  expect(names(data, "versions")).toEqual(kept.map(({ folder }) => basename(folder)).sort());
});
