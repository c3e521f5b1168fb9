import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { ask, writeInto } from "../support/container.ts";
import { blobRequests, model } from "../support/fixtures.ts";
import { Project, writeScript } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker, must, run } from "../support/shell.ts";
import { modelsPath } from "../../ollama/server.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-pull");
const store = modelsPath;

describe("pulling a model through a running server", () => {
  let project: Project;
  let server: TestServer;

  beforeAll(async () => {
    project = await Project.create();
    server = await startServer("-v", `${volume}:${store}`);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const pull = (changes: { digest?: null } = {}) => {
    const { url, container } = server;
    const models = [{ model, digest: registry.digest, ...changes }];
    return project.command("pull-models.ts", { url, container, volume, registry: registry.url, models, prune: false });
  };
  const names = async () => (await new OllamaClient(server.url).tags()).map(({ name }) => name).sort();

  it("stores it under its own name, verified, and prints its digest", async () => {
    const { status, stdout, stderr } = await pull();
    expect(stderr).toContain(`Pulling ${model} from ${registry.url}: ${registry.size} into the volume ${volume}\n`);
    expect(stderr).toContain(`blobs verified, ${registry.size}`);
    expect(stdout).toBe(`${registry.digest}\n`);
    expect(status).toBe(0);
    expect(await names()).toEqual([model]);
    expect(await ask(server.url, model)).toContain("Paris");
  });

  it("downloads and verifies nothing the second time", async () => {
    const requests = await blobRequests(registry);
    const { status, stderr } = await pull();
    expect(stderr).toBe(`${model} is in the volume ${volume}; nothing to download\n`);
    expect(status).toBe(0);
    expect(await blobRequests(registry)).toBe(requests);
  });

  it("removes the names of its relay that a killed run left behind", async () => {
    await new OllamaClient(server.url).copy(model, `172.30.0.1:40000/library/${model}`);
    expect(await names()).toEqual([`172.30.0.1:40000/library/${model}`, model]);
    expect((await pull()).status).toBe(0);
    expect(await names()).toEqual([model]);
  });

  it("names a damaged blob, takes the model out, and downloads it again the next time", async () => {
    const blob = `${store}/blobs/${registry.weights.digest.replace(":", "-")}`;
    await docker("exec", server.container, "sh", "-c", `rm -r ${store}/verified || busybox rm -r ${store}/verified`);
    await writeInto(server.container, blob, "not the weights");
    const { status, stderr } = await pull();
    expect(stderr).toMatch(
      new RegExp(
        `The blob ${registry.weights.digest} of ${model} is damaged: it has 15 of ${registry.weights.size} bytes and the digest sha256:[0-9a-f]{64}\\. ` +
          `It was removed from the volume ${volume}; the next \`pulumi up\` downloads it again\\.`,
      ),
    );
    expect(status).toBe(1);
    expect(await names()).toEqual([]);

    expect((await pull()).status).toBe(0);
    expect(await ask(server.url, model)).toContain("Paris");
  });

  it("names a missing blob, takes the model out, and downloads it again the next time", async () => {
    const blob = `${store}/blobs/${registry.weights.digest.replace(":", "-")}`;
    const remove = `rm -r ${store}/verified ${blob} || busybox rm -r ${store}/verified ${blob}`;
    await docker("exec", server.container, "sh", "-c", remove);
    const { status, stderr } = await pull();
    expect(stderr).toContain(
      `The blob ${registry.weights.digest} of ${model} is missing. It was removed from the volume`,
    );
    expect(status).toBe(1);
    expect(await names()).toEqual([]);
    expect((await pull()).status).toBe(0);
  });

  /** As {@link pull}, with a docker CLI that fails where a shell's `case` of its arguments says so. */
  const pullWith = async (failing: string) => {
    const folder = join(project.folder, "state");
    const real = await must("sh", ["-c", "command -v docker"]);
    await writeScript(join(folder, "docker"), `#!/bin/sh\ncase "$*" in ${failing} esac\nexec ${real} "$@"\n`);
    const { url, container } = server;
    const models = [{ model, digest: registry.digest }];
    const input = { url, container, volume, registry: registry.url, models, prune: false };
    const env = { PATH: [folder, dirname(process.execPath), process.env["PATH"]].join(delimiter) };
    return project.command("pull-models.ts", input, { env });
  };

  it("keeps the model when Docker cannot read it", async () => {
    const { status, stderr } = await pullWith(`*blobs*) echo "connection reset" >&2; exit 1;; *verified*) exit 1;;`);
    expect(stderr).toContain("connection reset");
    expect(status).toBe(1);
    expect(await names()).toEqual([model]);
  });

  it("goes on with a model that is right on a disk too full for the mark of it", async () => {
    const full = `"cp - "*) echo "write /models/verified: no space left on device" >&2; exit 1;; *verified*) exit 1;;`;
    const { status, stdout, stderr } = await pullWith(full);
    expect(stderr).toContain(
      `WARNING: The disk of the volume ${volume} is full; the blobs of ${model} are hashed again at the next \`pulumi up\`\n`,
    );
    expect(stdout).toBe(`${registry.digest}\n`);
    expect(status).toBe(0);
  });

  it("hashes a model that was deleted and downloaded again", async () => {
    await new OllamaClient(server.url).delete(model);
    const { status, stderr } = await pull();
    expect(stderr).toContain(`blobs verified, ${registry.size}`);
    expect(status).toBe(0);
  });

  it("accepts whatever the registry has when no digest is expected", async () => {
    const { status, stdout } = await pull({ digest: null });
    expect(stdout).toBe(`${registry.digest}\n`);
    expect(status).toBe(0);
  });
});
