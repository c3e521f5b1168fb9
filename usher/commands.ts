import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { LineBatch } from "./line-batch.ts";
import type { Place } from "./place.ts";
import { Preloader } from "./preloader.ts";
import { UsherServer } from "./server.ts";
import { SettingsError, parseSettings, type Settings } from "./settings.ts";
import { controlServer, figuresServer } from "./side-servers.ts";
import { storeSettings, storedSettings } from "./stored-settings.ts";

/** Milliseconds in which a server that is being started has to take settings. */
const startLimit = 10_000;

/** Serves until it is told to stop and all is answered. */
export async function serve({ port, controlPort, figuresPort, folder }: Place): Promise<void> {
  // Whoever reads the log may go; the requests may not.
  process.stdout.on("error", () => undefined);
  const log = new LineBatch((lines) => process.stdout.write(lines));
  const add = (line: string) => {
    log.add(line);
  };
  const server = new UsherServer(add);
  const preloader = new Preloader(add);
  const take = (settings: Settings) => {
    server.configure(settings);
    preloader.configure(settings);
  };
  const json = await storedSettings(folder);
  if (json !== undefined) {
    try {
      take(parseSettings(json));
    } catch (error) {
      // Whoever configures it again mends that, and until then every request is told to wait.
      warn(`${folder} has settings that cannot be used: ${(error as Error).message}`);
    }
  }
  const stopped = new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
  await controlServer(controlPort, take);
  await figuresServer(figuresPort, "0.0.0.0", server.figures);
  await server.listen(port, "0.0.0.0");
  await stopped;
  preloader.stop();
  await server.stop();
  log.flush();
  // The servers at the side would go on for ever.
  process.exit(0);
}

/**
 * Stores the settings on standard input, and has the running server take them.
 * @throws SettingsError
 */
export async function configure({ controlPort, folder }: Place): Promise<void> {
  const json = await text(process.stdin);
  parseSettings(json);
  await storeSettings(folder, json);
  const answer = await tell(`http://127.0.0.1:${controlPort}/settings`, json);
  if (!answer.ok) throw new SettingsError(`the usher does not take the settings: ${await answer.text()}`);
}

async function tell(url: string, body: string): Promise<Response> {
  const start = performance.now();
  for (;;) {
    try {
      return await fetch(url, { method: "POST", body });
    } catch {
      if (performance.now() - start > startLimit)
        throw new SettingsError(`the settings are stored, but no usher runs at ${url} that would take them`);
      await sleep(100);
    }
  }
}

/** Whether the server says that it is well. */
export async function isHealthy({ port }: Place): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  return answer?.ok ?? false;
}

/** Writes a line on standard error. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
