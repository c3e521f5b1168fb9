import { ollamaPort } from "../ollama/server.ts";
import { Failure } from "../support/failure.ts";
import { docker } from "./docker.ts";

/** Where a server is to be found. */
export interface ServerPlace {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container it runs in. */
  readonly container: string;
}

/**
 * Base URL of a server, also of one that publishes nothing: Docker gives its container another address at every start.
 * @throws Failure when the container does not run
 */
export async function serverUrl({ url, container }: ServerPlace): Promise<string> {
  if (url !== null) return url;
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
  const [address] = (await docker("inspect", "--format", format, container)).split(" ");
  if (!address) throw new Failure(`The container ${container.slice(0, 12)} of the server does not run`);
  return `http://${address}:${ollamaPort}`;
}
