import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../gateway/caddy-parts.ts";
import { adminSocket, savedConfig, activeFiles, type CaddyProcess, type ActiveFile } from "../gateway/processes.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { defineTool, spawnDocker, tryDocker } from "./docker.ts";

/** Tries while a container that was just started does not answer yet, a quarter of a second each. */
const mostTries = 120;

/**
 * Gives a Caddy process in a container another configuration; the one it has already changes nothing.
 * @throws Failure with Caddy's own words when it does not take it; it goes on with the one it has
 */
export async function reload(container: string, process: CaddyProcess, config: Json): Promise<void> {
  const command = ["caddy", "reload", "--config", "-", "--address", adminSocket(process)];
  for (let tries = 1; ; tries += 1) {
    try {
      await send(container, command, JSON.stringify(config));
      return;
    } catch (error) {
      const starting = /connect: |is not running|no such file/.test(reasonOf(error));
      if (!starting || tries === mostTries)
        throw new Failure(`The gateway did not take its configuration: ${caddyReason(reasonOf(error))}`);
      await sleep(250);
    }
  }
}

/** Whether a Caddy process in a container has a configuration already. */
export async function hasConfig(container: string, process: CaddyProcess, config: Json): Promise<boolean> {
  const text = await tryDocker("exec", container, "cat", savedConfig(process));
  return text !== undefined && isDeepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(config)));
}

/** What an active file of a gateway says; undefined when it was never set, or the gateway does not run. */
export async function readActive(container: string, name: ActiveFile): Promise<string | undefined> {
  return tryDocker("exec", container, "cat", activeFiles[name]);
}

/** All at once, as requests read the file meanwhile. */
const replaceFile = `${defineTool}; cat > "$0.new" && tool mv "$0.new" "$0"`;

/** Writes an active file of a gateway for all requests from now on, those that wait too. */
export async function setActive(container: string, name: ActiveFile, value: string): Promise<void> {
  await send(container, ["sh", "-c", replaceFile, activeFiles[name]], value);
}

/** Runs a command in a container with a text as its input. */
async function send(container: string, command: readonly string[], text: string): Promise<void> {
  const { child, exited } = spawnDocker(["exec", "-i", container, ...command]);
  child.stdout.resume();
  child.stdin.on("error", () => undefined);
  child.stdin.end(text);
  await exited;
}

/** The sentence in what `caddy reload` prints: lines of its log, with the answer of the other process in the last one. */
function caddyReason(text: string): string {
  const last = text.trim().split("\n").at(-1) ?? "";
  const line = last.startsWith("{") ? (JSON.parse(last) as { msg: string }).msg : last.replace(/^Error: /, "");
  const [, answer] = /HTTP \d+: (\{.*\})\s*$/.exec(line) ?? [];
  return answer === undefined ? line : (JSON.parse(answer) as { error: string }).error;
}
