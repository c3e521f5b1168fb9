import { setTimeout as sleep } from "node:timers/promises";
import { socket, type Json } from "../../gateway/caddy-parts.ts";
import { Failure, reasonOf } from "../../ollama/failure.ts";
import { spawnDocker, tryDocker } from "./docker.ts";

/** Where Caddy keeps the configuration it was given last. */
const savedConfig = 'cat "$XDG_CONFIG_HOME/caddy/autosave.json"';

/** Tries while a container that was just started does not answer yet, a quarter of a second each. */
const mostTries = 120;

/**
 * Gives Caddy in a container another configuration, without ending a request.
 * @throws Failure with Caddy's own words when it does not take it; it goes on with the one it has
 */
export async function reload(container: string, config: Json): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { child, exited } = spawnDocker([
      "exec",
      "-i",
      container,
      "caddy",
      "reload",
      "--config",
      "-",
      "--address",
      socket("admin"),
    ]);
    child.stdout.resume();
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(config));
    try {
      await exited;
      return;
    } catch (error) {
      const starting = /connect: |is not running|no such file/.test(reasonOf(error));
      if (!starting || tries === mostTries)
        throw new Failure(`The gateway did not take its configuration: ${caddyReason(reasonOf(error))}`);
      await sleep(250);
    }
  }
}

/** The configuration that Caddy in a container has; undefined when it has none, or does not run. */
export async function currentConfig(container: string): Promise<Json | undefined> {
  const text = await tryDocker("exec", container, "sh", "-c", savedConfig);
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

/** The sentence in what `caddy reload` prints, which has log lines around it. */
function caddyReason(text: string): string {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  return lines.at(-1)?.replace(/^Error: /, "") ?? text;
}
