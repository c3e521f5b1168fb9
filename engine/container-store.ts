import { createHash } from "node:crypto";
import { extract, pack } from "tar-stream";
import { Failure, reasonOf } from "../support/failure.ts";
import { parseManifest, totalSize, type Manifest } from "../ollama/manifest.ts";
import { blobPath, manifestPath } from "../ollama/name.ts";
import { modelName } from "../config/model-name.ts";
import { modelsPath } from "../ollama/server.ts";
import { formatBytes } from "../support/units.ts";
import { docker, spawnDocker } from "./docker.ts";
import { Progress, say } from "../support/progress.ts";

/** A blob whose content is not what its digest says, or that is not there. */
export class DamagedBlob extends Failure {}

/**
 * The model store inside a container, reached with `docker cp` alone: it works whatever programs the image has.
 */
export class ContainerStore {
  readonly #container: string;

  constructor(container: string) {
    this.#container = container;
  }

  /** The manifest a model has in the store. */
  async manifest(model: string): Promise<Manifest> {
    const path = `${modelsPath}/${manifestPath(modelName(model))}`;
    const chunks: Uint8Array[] = [];
    await this.#read(path, (chunk) => chunks.push(chunk));
    return parseManifest(Buffer.concat(chunks).toString(), `${this.#container}:${path}`);
  }

  /**
   * Hashes every blob of a manifest.
   * @throws DamagedBlob that names the blob whose content or length is wrong, or that is missing
   */
  async verify(model: string, manifest: Manifest): Promise<void> {
    using progress = new Progress(`Verifying ${model}`, totalSize(manifest));
    for (const { digest, size } of manifest.blobs) {
      const hash = createHash("sha256");
      let length = 0;
      await this.#read(`${modelsPath}/${blobPath(digest)}`, (chunk) => {
        hash.update(chunk);
        length += chunk.length;
        progress.add(chunk.length);
      }).catch((error: unknown) => {
        const missing = /Could not find the file|No such container:path/.test(reasonOf(error));
        throw missing ? new DamagedBlob(`The blob ${digest} of ${model} is missing`) : error;
      });
      const actual = `sha256:${hash.digest("hex")}`;
      if (actual !== digest || length !== size) {
        throw new DamagedBlob(
          `The blob ${digest} of ${model} is damaged: it has ${length} of ${size} bytes and the digest ${actual}`,
        );
      }
    }
    say(`${model}: ${manifest.blobs.length} blobs verified, ${formatBytes(totalSize(manifest))}`);
  }

  /** Whether {@link markVerified} was called for this manifest. */
  async isVerified(manifest: string): Promise<boolean> {
    return this.#read(`${modelsPath}/${markPath(manifest)}`, () => undefined).then(
      () => true,
      () => false,
    );
  }

  /** Notes in the store that every blob of this manifest was hashed and found right. */
  async markVerified(manifest: string): Promise<void> {
    const archive = pack();
    const { child, exited } = spawnDocker(["cp", "-", `${this.#container}:${modelsPath}`]);
    // A docker that gives up closes its end; why it did is in how it ends.
    archive.on("error", () => undefined);
    child.stdin.on("error", () => undefined);
    archive.pipe(child.stdin);
    archive.entry({ name: markPath(manifest) }, `${new Date().toISOString()}\n`);
    archive.finalize();
    await exited;
  }

  /** Takes back every {@link markVerified}, so that the blobs are hashed again before a server passes its gate. */
  async forgetVerified(): Promise<void> {
    const remove = `rm -f ${modelsPath}/${marks}/*`;
    // The marks are root's, and nothing else of the store is touched.
    await docker("exec", "--user", "0:0", this.#container, "sh", "-c", remove);
  }

  async #read(path: string, take: (chunk: Uint8Array) => unknown): Promise<void> {
    const { child, exited } = spawnDocker(["cp", "--follow-link", `${this.#container}:${path}`, "-"]);
    const archive = extract();
    child.stdout.pipe(archive);
    for await (const entry of archive) {
      for await (const chunk of entry) take(chunk as Uint8Array);
    }
    await exited;
  }
}

/** Folder of the store with a file for each manifest whose blobs were hashed. */
const marks = "verified";

function markPath(manifest: string): string {
  return `${marks}/${manifest.replace(":", "-")}`;
}

/** The host's address in the container's network. */
export async function gatewayOf(container: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.Gateway}} {{end}}";
  const [gateway] = (await docker("inspect", "--format", format, container)).split(" ");
  if (!gateway) throw new Failure(`The container ${container} is in no network that the host is in`);
  return gateway;
}
