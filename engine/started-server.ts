import { OllamaClient } from "../ollama/client.ts";
import { startupSeconds, waitForServer } from "../ollama/wait.ts";
import { lastLogLines, tryDocker } from "./docker.ts";
import { serverUrl, type ServerPlace } from "./server-url.ts";
import { Failure, reasonOf } from "../support/failure.ts";

/** How often a container may be started again while its server is waited for. */
const starts = 3;

/** A server that answers. */
export interface StartedServer {
  readonly client: OllamaClient;
  readonly version: string;
}

/**
 * Waits until the server in a container answers, and no longer than the container lives.
 * @throws Failure that says why it does not, with the container's last log lines
 */
export async function startedServer(place: ServerPlace): Promise<StartedServer> {
  return withLog(place.container, async () => {
    const client = new OllamaClient(await serverUrl(place));
    const before = await stateOf(place.container);
    const ended = async () => {
      const now = await stateOf(place.container);
      if (now?.status === "exited" || now?.status === "dead") return `its container ended with ${now.exitCode}`;
      if (now === undefined || before === undefined || now.restarts < before.restarts + starts) return undefined;
      return `its container ends as often as Docker starts it, with ${now.exitCode}`;
    };
    return { client, version: await waitForServer(client, startupSeconds, ended) };
  });
}

/** Does something with a server, and shows the end of its log when that fails. */
export async function withLog<Result>(container: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Failure(`${reasonOf(error)}\n${await endOfLog(container)}`);
  }
}

/** The last lines of a container's log, below a line that says whose they are. */
export async function endOfLog(container: string): Promise<string> {
  return `Last lines of the log of the container ${container.slice(0, 12)}:\n${await lastLogLines(container)}`;
}

async function stateOf(container: string) {
  const format = "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}";
  const [status, restarts, exitCode] = (await tryDocker("inspect", "--format", format, container))?.split(" ") ?? [];
  return status === undefined ? undefined : { status, restarts: Number(restarts), exitCode: Number(exitCode) };
}
