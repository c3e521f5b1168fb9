import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isWhole } from "../../../engine/layers.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { tempFolder } from "../support/temp-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An engine that tells some of an image, and a docker CLI that tells of its store. */
async function engine(store: string, answer: object | undefined): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const known = request.url === "/images/localhost/gemma/tiny:1/json?manifests=1" && answer !== undefined;
    response.writeHead(known ? 200 : 404).end(JSON.stringify(answer ?? { message: "No such image" }));
  });
  const socket = join(tempFolder(), "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const context = JSON.stringify({ Name: "default", Endpoints: { docker: { Host: `unix://${socket}` } } });
  fakePrograms({ docker: `case $1 in info) echo '${store}' ;; context) echo '${context}' ;; esac` });
  vi.stubEnv("DOCKER_HOST", `unix://${socket}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const containerd = '[["driver-type","io.containerd.snapshotter.v1"]]';
const image = (Available: boolean) => ({
  Manifests: [
    { Kind: "attestation", Available: true },
    { Kind: "image", Available },
  ],
});

describe("isWhole", () => {
  it.each([
    ["has all of it", containerd, image(true), true],
    ["lacks some of it", containerd, image(false), false],
    ["does not have it", containerd, undefined, false],
    ["does not tell, as before Docker 28", containerd, {}, true],
    ["keeps no image but whole ones", '[["Backing Filesystem","extfs"]]', undefined, true],
  ])("asks an engine that %s", async (_what, store, answer, whole) => {
    await using _engine = await engine(store, answer);
    expect(await isWhole("localhost/gemma/tiny:1")).toBe(whole);
  });
});
