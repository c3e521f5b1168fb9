import { ollamaPort } from "../../components/ollama-env.ts";
import { Failure } from "../../ollama/failure.ts";
import { docker } from "./docker.ts";

/**
 * Base URL of a server, also of one that publishes nothing: Docker gives its container another address at every start.
 * @throws Failure when the container does not run
 */
export async function serverUrl({ url, container }: { url: string | null; container: string }): Promise<string> {
  if (url !== null) return url;
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
  const [address] = (await docker("inspect", "--format", format, container)).split(" ");
  if (!address) throw new Failure(`The container ${container.slice(0, 12)} of the server does not run`);
  return `http://${address}:${ollamaPort}`;
}
