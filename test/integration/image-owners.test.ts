import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { keepForOthers, keepImage, ownerOf, ownName, releaseImage, shareImage } from "../../engine/image-owners.ts";
import { forgetLayersOf } from "../../engine/images.ts";
import { DataFolder } from "../../offline/host/data-folder.ts";
import { adoptMoved } from "../../offline/host/moved-folder.ts";
import { keepImages } from "../../runner/kept-images.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const repository = `localhost/gemma/${uniqueName("test-owned")}`;
const [ours, theirs] = [ownerOf(`/${repository}/ours`), ownerOf(`/${repository}/theirs`)];
let count = 0;

/** Makes an image of nothing but a file, with a name that nobody has. */
async function image(name = `${repository}:${(count += 1)}`): Promise<string> {
  await must("sh", ["-c", `head -c 64 /dev/urandom >/tmp/${ours}; tar -c -C /tmp ${ours} | docker import - ${name}`]);
  await run("rm", [`/tmp/${ours}`]);
  return name;
}

const isThere = async (name: string) => (await run("docker", ["image", "inspect", name])).status === 0;

afterEach(async () => {
  const left = await docker("ps", "--all", "--quiet", "--filter", `name=^${repository.split("/").at(-1)}`);
  await run("sh", ["-c", `docker rm -f ${left.replaceAll("\n", " ")}`]);
  const all = (await docker("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).split("\n");
  const ids = all.filter((line) => line.startsWith(repository)).map((line) => line.split(" ")[1] ?? "");
  await run("docker", ["rmi", "-f", ...ids]);
});

describe("an image that a data folder has brought", () => {
  it("goes with its last owner", async () => {
    const name = await image();
    await keepImage(name, ours);
    await shareImage(name, theirs);
    expect(await releaseImage(name, ours)).toBe("another data folder or a checkout on this host uses it as well");
    expect([await isThere(name), await isThere(ownName(name, ours))]).toEqual([true, false]);
    expect(await releaseImage(name, theirs)).toBeUndefined();
    expect([await isThere(name), await isThere(ownName(name, theirs))]).toEqual([false, false]);
    expect(await releaseImage(name, theirs)).toBeUndefined();
  });

  it("is that of the folder where it was moved to, and of a copy's only what the copy has brought", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gemma-moved-"));
    const [before, after, copy] = ["before", "after", "copy"].map((name) => new DataFolder(join(folder, name))) as [
      DataFolder,
      DataFolder,
      DataFolder,
    ];
    await mkdir(before.path);
    await adoptMoved(before);
    const name = await image();
    await keepImage(name, before.owner);
    const owners = () => Promise.all([before, after, copy].map(({ owner }) => isThere(ownName(name, owner))));

    await cp(before.path, copy.path, { recursive: true });
    await adoptMoved(copy);
    expect(await owners()).toEqual([true, false, false]);

    await rename(before.path, after.path);
    await adoptMoved(after);
    expect(await owners()).toEqual([false, true, false]);
    await adoptMoved(after);
    expect(await owners()).toEqual([false, true, false]);
    expect(await releaseImage(name, after.owner)).toBeUndefined();
    expect(await isThere(name)).toBe(false);
    await rm(folder, { recursive: true });
  });

  it("stays for a checkout that uses it", async () => {
    const name = await image();
    await keepImage(name, ours);
    await keepForOthers(name);
    expect(await releaseImage(name, ours)).toBe("another data folder or a checkout on this host uses it as well");
    expect(await isThere(name)).toBe(true);
  });

  it("stays while a container has it, also one of somebody else that was stopped", async () => {
    const name = await image();
    await keepImage(name, ours);
    const stranger = await docker("create", "--name", `${repository.split("/").at(-1)}-stranger`, name, "/none");
    const reason = await releaseImage(name, ours);
    expect(reason).toContain("conflict: ");
    expect(reason).toContain(stranger.slice(0, 12));
    expect(await isThere(name)).toBe(true);
  });

  it("leaves nothing when somebody has taken its name away", async () => {
    const name = await image();
    await keepImage(name, ours);
    await docker("rmi", name);
    expect(await releaseImage(name, ours)).toBeUndefined();
    expect(await isThere(ownName(name, ours))).toBe(false);
  });
});

describe("an image that was there before", () => {
  it("stays when the data folder that has found it goes", async () => {
    const name = await image();
    await shareImage(name, ours);
    expect(await releaseImage(name, ours)).toBe("another data folder or a checkout on this host uses it as well");
    expect(await isThere(name)).toBe(true);
  });

  it("is not taken by a data folder that never used it", async () => {
    const name = await image();
    expect(await releaseImage(name, ours)).toBe("somebody else has brought it");
    await keepForOthers(name);
    expect(await docker("image", "inspect", "--format", "{{len .RepoTags}}", name)).toBe("1");
  });
});

it("leaves what others have half loaded", async () => {
  const layer = (owner: string) => `localhost/gemma/layer:0123456789ab-${owner}`;
  await image(layer(ours));
  await image(layer(theirs));
  await forgetLayersOf(ours);
  expect([await isThere(layer(ours)), await isThere(layer(theirs))]).toEqual([false, true]);
  await forgetLayersOf(theirs);
  expect(await isThere(layer(theirs))).toBe(false);
});

it("keeps the images of a checkout's containers, when a data folder has brought them", async () => {
  const labels = { "io.chatgemma.stack": "gemma/dev", "io.chatgemma.state": ours };
  const brought = await image();
  const own = await image();
  await keepImage(brought, ours);
  for (const name of [brought, own]) {
    const id = await docker("image", "inspect", "--format", "{{.Id}}", name);
    const container = `${repository.split("/").at(-1) ?? ""}-${name.slice(-1)}`;
    await docker(
      "create",
      "--name",
      container,
      ...Object.entries(labels).flatMap((label) => ["--label", label.join("=")]),
      id,
      "/none",
    );
  }
  await keepImages(labels);
  expect([await isThere(ownName(brought, "others")), await isThere(ownName(own, "others"))]).toEqual([true, false]);
});
