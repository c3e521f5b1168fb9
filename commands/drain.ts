import { setTimeout as sleep } from "node:timers/promises";
import { formatSeconds } from "../support/units.ts";
import { nobody } from "../gateway/waiting-server.ts";
import { openConnections } from "../gateway/open-connections.ts";
import { ollamaPort } from "../ollama/server.ts";
import { tryDocker } from "../engine/docker.ts";
import { readActive, setActive } from "../engine/gateway-admin.ts";
import { main, readInput } from "../support/main.ts";
import { reasonOf } from "../support/failure.ts";
import { say, withHeartbeat } from "../support/progress.ts";
import type { DrainInput } from "../components/drain.ts";

/** What states of earlier versions recorded for the time when their containers go. */
interface RecordedInput {
  readonly drainTimeout?: number;
  readonly drainSeconds?: number;
}

/** Looks in a row that have to find nothing, a quarter of a second apart. */
const quietLooks = 3;

await main(async () => {
  // What is to go has to be able to go, whatever has become of it.
  await drain().catch((error: unknown) => {
    say(`The server goes without a look at its answers: ${reasonOf(error)}`);
  });
});

async function drain(): Promise<void> {
  const input = await readInput<Omit<DrainInput, "drainTimeout"> & RecordedInput>();
  await holdRequests(input);
  const { server, drainTimeout = input.drainSeconds ?? 0 } = input;
  const ended = await withHeartbeat("Letting the server finish its answers", untilQuiet(server, drainTimeout));
  if (!ended)
    say(`Some answers took longer than gateway.drainTimeout, ${formatSeconds(drainTimeout)}, and are cut now`);
}

/** Lets requests wait at the gateway when they would still go to the server that is about to go. */
async function holdRequests({ gateway, upstream }: Pick<DrainInput, "gateway" | "upstream">): Promise<void> {
  if ((await readActive(gateway, "upstream")) !== upstream) return;
  say("The gateway holds requests until there is a server again");
  await setActive(gateway, "upstream", nobody);
}

async function untilQuiet(server: string, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  for (let quiet = 0; quiet < quietLooks;) {
    const tables = await tryDocker("exec", server, "cat", "/proc/net/tcp", "/proc/net/tcp6");
    // One that does not run answers nobody.
    if (tables === undefined) return true;
    quiet = openConnections(tables, ollamaPort) === 0 ? quiet + 1 : 0;
    if (Date.now() > end) return false;
    await sleep(250);
  }
  return true;
}
