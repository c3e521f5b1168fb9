import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { countInodes } from "../../../../offline/bundle/count-inodes.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { archiveOf } from "../../docker/archives.ts";
import { noise, streamOf } from "../../support/bytes.ts";
import { contentNamed } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

async function packed() {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 1000);
  const long = "a".repeat(300);
  const archive = await archiveOf([
    { name: "folder", type: "directory" },
    { name: `folder/${long}`, content: noise(5000) },
    { name: "folder/link", type: "symlink", linkname: long },
    { name: "empty" },
  ]);
  const content = await writer.writeCompressed("images/layers/0.tar.zst", streamOf(archive));
  const node = await writer.writePlain("tools/node", () => streamOf(noise(2000)));
  return { folder, content, node, source: { folder, files: writer.files } };
}

it("counts files, folders and links of the archives that a package carries", async () => {
  const { content, node, source } = await packed();
  const elsewhere = { ...contentNamed("elsewhere", 5, []), compression: "zstd" as const };
  expect(await countInodes(source, [content, node, elsewhere, content])).toEqual({ [content.digest]: 4 });
});

it("fails with the name of a file that was changed", async () => {
  const { folder, content, source } = await packed();
  writeFileSync(join(folder, content.files[0] ?? ""), "short");
  expect(await failureOf(countInodes(source, [content]))).toMatch(/^images\/layers\/0\.tar\.zst\.000 has 5 of /);
});
