import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { modelsPath, ollamaUserId } from "../../ollama/server.ts";
import { fillComposeVolume, inVolume, setImmutable, startComposeServer } from "../support/compose-volume.ts";
import { ask } from "../support/container.ts";
import { blobRequests, model, ollamaImage, oldOllamaImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project } from "../support/project.ts";
import { startServer } from "../support/server.ts";
import { docker, run, type Result } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const userId = ollamaUserId;
let project: Project;

beforeAll(async () => {
  project = await Project.create();
});

afterAll(() => project.remove());

const own = (volume: string, image = ollamaImage) => project.command("own-volume.ts", { volume, image, userId });
const takeOver = (volume: string, image = ollamaImage) =>
  project.command("take-over-models.ts", { volume, image, userId });

/** What is taken over of a volume, which stays as it was. */
async function takenOver(volume: string): Promise<{ models: number; linked: number }> {
  const { output } = await takeOver(volume);
  const said = `The volume ${volume} was another server's home: what its folder models/ has is used as it is`;
  const [, models, linked] =
    new RegExp(`^${said} \\(models: (\\d+), blobs: (\\d+)\\), and stays for that server\n$`).exec(output) ?? [];
  return { models: Number(models), linked: Number(linked) };
}

/** The model's store in the volume as `hash  path` lines. */
const files = (volume: string) =>
  inVolume(
    volume,
    ollamaImage,
    "find . -type f ! -path './verified/*' | busybox sort | busybox xargs busybox sha256sum",
  );

describe.each([oldOllamaImage, ollamaImage])("a volume that was the home of %s", (image) => {
  const volume = uniqueName("gemma-integration-compose");

  let digest = "";

  beforeAll(async () => {
    digest = await fillComposeVolume(volume, image);
  });
  afterAll(() => run("docker", ["volume", "rm", "-f", volume]));

  it("has its models used, and nothing of them downloaded", async () => {
    const before = await files(volume);
    expect((await own(volume)).output).toBe(`Everything in ${volume} is the user ${userId}'s\n`);
    const { linked } = await takenOver(volume);
    expect(linked).toBeGreaterThanOrEqual(5);
    expect((await files(volume)).split("\n")).toEqual(expect.arrayContaining(before.split("\n")));
    const names = "busybox stat -c %h:%u blobs/* models/blobs/* | busybox sort -u";
    expect(await inVolume(volume, ollamaImage, names)).toBe(`2:${userId}`);

    const requests = await blobRequests(registry);
    await using server = await startServer("-v", `${volume}:${modelsPath}`, "--user", `${userId}`, "-e", "HOME=/tmp");
    const { url, container } = server;
    const input = { url, container, volume, registry: registry.url, models: [{ model, digest }], prune: false };
    const { status, stdout, stderr } = await project.command("pull-models.ts", input);
    expect(stderr).toContain(`${model} is in the volume ${volume}; nothing to download`);
    expect(stdout).toBe(`${digest}\n`);
    expect(status).toBe(0);
    expect(await blobRequests(registry)).toBe(requests);
    expect(await ask(server.url, model)).toContain("Paris");
  });

  it("goes on serving the server of before", async () => {
    const port = await freePort();
    const container = await startComposeServer(volume, image, "-p", `127.0.0.1:${port}:11434`);
    const answer = await ask(`http://127.0.0.1:${port}`, model);
    await removeContainer(container);
    expect(answer).toContain("Paris");
  });

  it("takes over nothing the second time, and goes on with what a killed run or a half move has left", async () => {
    const nothing = `The volume ${volume} has no models of another server to take over\n`;
    expect((await takeOver(volume)).output).toBe(nothing);
    const before = await files(volume);
    const halfway = [
      "rm -r manifests; mkdir -p .taking-over/manifests; echo cut > .taking-over/manifests/cut",
      // One of the blobs was moved by hand, one has the name it had before Ollama 0.1.40, and one was never downloaded to its end.
      "set -- blobs/*; rm $1 $2; first=${2#blobs/}; mv models/blobs/$first models/blobs/sha256:${first#sha256-}",
      "shift 2; rm models/$1; echo half > models/blobs/sha256-0123-partial",
    ].map((line) => line.replaceAll(/\b(rm|mv|mkdir) /g, "busybox $1 "));
    await inVolume(volume, ollamaImage, halfway.join("\n"), "--user", `${userId}`);
    expect(await takenOver(volume)).toEqual({ models: 1, linked: 2 });
    const ours = (text: string) => text.split("\n").filter((line) => / {2}\.\/(blobs|manifests|\.taking)/.test(line));
    expect(ours(await files(volume))).toEqual(ours(before));
    expect((await takeOver(volume)).output).toBe(nothing);
  });
});

describe("a volume on a disk of its own kind", () => {
  let volume = "";
  let immutable: string | undefined;
  afterEach(async () => {
    if (immutable !== undefined) await setImmutable(volume, immutable, false);
    immutable = undefined;
    await run("docker", ["volume", "rm", "-f", volume]);
  });
  const create = async (...options: string[]) => {
    volume = uniqueName("gemma-integration-disk");
    await docker("volume", "create", ...options.flatMap((option) => ["--opt", option]), volume);
  };
  const refuseChanges = async (file: string) => {
    immutable = file;
    await setImmutable(volume, file, true);
  };
  const failing = ({ status, stdout, stderr }: Result) => {
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    return stderr;
  };

  it("is used where it refuses another owner and the user can write all the same", async () => {
    await create();
    await inVolume(volume, ollamaImage, "echo kept > file; busybox chmod 777 .");
    await refuseChanges("file");
    const { status, stdout, stderr } = await own(volume);
    expect(stderr).toBe(
      `The volume ${volume} keeps its owners (chown: ./file: Operation not permitted), and the user ${userId} can write in it all the same\n`,
    );
    expect(stdout).toBe(`The user ${userId} can write in ${volume}\n`);
    expect(status).toBe(0);
  });

  it("is refused with both reasons where the user cannot write either", async () => {
    await create();
    await refuseChanges(".");
    expect(failing(await own(volume))).toBe(
      `The user ${userId} cannot use the volume ${volume} (touch: ./.write-test: Operation not permitted), ` +
        "and its file system refuses another owner (chown: .: Operation not permitted). " +
        `Give the user the right where the disk is: with \`uid=${userId},gid=${userId}\` among the options of a CIFS or vfat mount, ` +
        `with \`chown -R ${userId}:${userId}\` on the server of an NFS export; or set volume.name to another\n`,
    );
  });

  it("is refused where it is read-only", async () => {
    await create("type=tmpfs", "device=tmpfs", "o=ro");
    expect(failing(await own(volume))).toBe(
      `The volume ${volume} is read-only (touch: ./.write-test: Read-only file system): ` +
        "make it anew without `ro` among its options, or set volume.name to another\n",
    );
  });

  it("is refused where it is full", async () => {
    await create("type=tmpfs", "device=tmpfs", "o=nr_inodes=1");
    expect(failing(await own(volume))).toBe(
      `The disk of the volume ${volume} is full (touch: ./.write-test: No space left on device): free space, and run \`pulumi up\` again\n`,
    );
  });

  it("is refused where it cannot be mounted, with Docker's reason", async () => {
    await create("type=none", "device=/nowhere/at/all", "o=bind");
    expect(failing(await own(volume))).toMatch(
      new RegExp(
        `^Docker cannot mount the volume ${volume}: .*no such file or directory\\. ` +
          `Correct its options \\(\`docker volume inspect ${volume}\`\\), or set volume\\.name to another\\n$`,
      ),
    );
  });
});
