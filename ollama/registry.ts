import { Failure, reasonOf } from "../support/failure.ts";
import { parseManifest, type Layer, type Manifest } from "./manifest.ts";
import { modelName } from "../config/model-name.ts";

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

/** How long a registry may take to start answering, milliseconds. */
const answerTimeout = 30_000;

/** A registry of models: Ollama's library or any OCI registry that serves without credentials. */
export class Registry {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Path of a model's repository below `/v2/`. */
  static repository(model: string): string {
    const { namespace, model: name } = modelName(model);
    return `${namespace}/${name}`;
  }

  /**
   * Fetches a model's manifest and compares it with the expected digest.
   * @throws Failure when the registry is unreachable, lacks the model, or has another one under that name
   */
  async manifest(model: string, digest: string | undefined): Promise<Manifest> {
    const { tag } = modelName(model);
    const path = `/v2/${Registry.repository(model)}/manifests/${tag}`;
    const answer = await this.#get(path, { accept: manifestType });
    if (answer.status === 404)
      throw new Failure(`${this.url} does not have the model ${model}; check its name in models, and registry`);
    if (!answer.ok) throw new Failure(`${this.url} answered ${answer.status} for the model ${model}`);
    const manifest = parseManifest(await answer.text(), `${this.url}${path}`);
    if (digest !== undefined && manifest.digest !== digest) {
      throw new Failure(
        `${this.url} has ${model} with digest ${manifest.digest}, and ${digest} was expected; nothing was downloaded. ` +
          "Correct model.digest after finding out why the model changed.",
      );
    }
    return manifest;
  }

  /**
   * Fetches a blob from an offset on.
   * @returns the bytes, and the offset they start at: 0 when the registry cannot continue in the middle
   */
  async blob(
    model: string,
    layer: Layer,
    offset: number,
  ): Promise<{ bytes: AsyncIterable<Uint8Array>; offset: number }> {
    const path = `/v2/${Registry.repository(model)}/blobs/${layer.digest}`;
    const answer = await this.#get(path, offset > 0 ? { range: `bytes=${offset}-` } : {});
    if (!answer.ok || answer.body === null) {
      throw new Failure(`${this.url} answered ${answer.status} for the blob ${layer.digest} of ${model}`);
    }
    return { bytes: answer.body, offset: answer.status === 206 ? offset : 0 };
  }

  async #get(path: string, headers: Record<string, string>): Promise<Response> {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort(new Error(`no answer in ${answerTimeout / 1000} s`));
    }, answerTimeout);
    try {
      return await fetch(new URL(path, this.url), { headers, signal: limit.signal });
    } catch (error) {
      throw new Failure(
        `The registry ${this.url} cannot be reached: ${reasonOf(error)}; check the network and the key registry`,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
