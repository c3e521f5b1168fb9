import { embedsAlone } from "../../config/purposes.ts";
import { ContainerStore } from "../../engine/container-store.ts";
import { docker } from "../../engine/docker.ts";
import { serverUrl } from "../../engine/server-url.ts";
import { OllamaClient } from "../../ollama/client.ts";
import { startupSeconds, waitForServer } from "../../ollama/wait.ts";
import { bringUp } from "../../runner/bring-up.ts";
import type { Deployment } from "../../runner/local-state.ts";
import { reconnect } from "../../runner/lost-networks.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { StackRun, type StackRunArgs } from "../../runner/stack-run.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { say, withHeartbeat } from "../../support/progress.ts";
import type { Evidence } from "./evidence.ts";
import { examine } from "./examine.ts";
import type { Fix } from "./finding.ts";
import { readDeployment } from "./recorded.ts";

/** What is mended, and with what. */
export interface Mending {
  readonly args: StackRunArgs;
  readonly outputs: StackOutputs;
  /** Looks anew. */
  readonly look: () => Promise<Evidence>;
}

/** What is nearest first: a container that was only stopped needs no update, which would also deploy what was configured since. */
const order: readonly Fix[] = ["start", "reconnect", "up", "replace", "reload", "restart"];

/** Mends what can be mended without removing anything, says each step, and returns what is seen then. */
export async function mend(evidence: Evidence, mending: Mending): Promise<Evidence> {
  let seen = evidence;
  for (const fix of order) {
    const ids = examine(seen)
      // A restart is also what comes after a reload that did not help.
      .filter((finding) => finding.fix === fix || (fix === "restart" && finding.fix === "reload"))
      .map(({ id }) => id);
    if (ids.length === 0) continue;
    say(`${sayings[fix]}, because of ${[...new Set(ids)].join(", ")}`);
    await actions[fix](mending, seen).catch((error: unknown) => {
      say(`That failed: ${reasonOf(error)}`);
    });
    seen = await mending.look();
  }
  return seen;
}

const sayings: Readonly<Record<Fix, string>> = {
  start: "Starting the containers that were stopped",
  reconnect: "Putting containers back on their networks",
  up: "Bringing the stack up as it is configured",
  replace: "Putting a new server in the place of the one whose files are damaged",
  reload: "Taking the models out of memory and loading them again",
  restart: "Restarting the server's container",
};

/** How long a model may take to go or to come back, milliseconds. */
const reloadTime = 60_000;

const actions: Readonly<Record<Fix, (mending: Mending, evidence: Evidence) => Promise<void>>> = {
  start: async ({ outputs }, evidence) => {
    const stopped = evidence.containers.filter(({ now }) => now?.stoppedByHand === true);
    await docker("start", ...stopped.map(({ name }) => name));
    await serverAnswers(outputs, evidence);
  },
  reconnect: async ({ args }) => {
    await reconnect(await readDeployment(args));
  },
  up: async ({ args }) => {
    await bringUp(await StackRun.open(args));
  },
  replace: async ({ args }, evidence) => {
    await new ContainerStore(serverOf(evidence).id).forgetVerified();
    const replace = [urnOfServer(await readDeployment(args))];
    await bringUp(await StackRun.open(args), { replace }).catch(async (error: unknown) => {
      // A damaged model that was downloaded is taken out of the volume, and comes with the next run.
      say(`${reasonOf(error)}; once more`);
      await bringUp(await StackRun.open(args));
    });
  },
  reload: async ({ outputs }, evidence) => {
    const client = await clientOf(outputs, evidence);
    for (const ready of outputs.readiness.models) {
      const { model, keepAlive } = ready;
      const load = async (time?: string) => {
        const signal = AbortSignal.timeout(reloadTime);
        // One that makes embeddings alone is loaded by a question for none.
        if (embedsAlone(ready.for)) await client.embed(model, [], signal, time);
        else await client.load(model, signal, time);
      };
      await withHeartbeat(`Taking ${model} out of memory`, load("0"));
      await withHeartbeat(`Loading ${model}`, load(keepAlive ?? undefined));
    }
  },
  restart: async ({ outputs }, evidence) => {
    const { name } = serverOf(evidence);
    await withHeartbeat(`Restarting ${name}`, docker("restart", "--time", "10", name));
    await serverAnswers(outputs, evidence);
  },
};

function urnOfServer(deployment: Deployment): string {
  const urn = deployment.resources?.find(
    ({ urn = "", delete: goes }) => urn.endsWith("::ollama-container") && goes !== true,
  )?.urn;
  if (urn === undefined) throw new Failure("The state has no server: bring the stack up");
  return urn;
}

function serverOf({ containers }: Evidence) {
  const server = containers.find(({ role }) => role === "server");
  if (server?.now === undefined) throw new Failure("The container of the server is gone: bring the stack up");
  return { name: server.name, id: server.now.id };
}

async function clientOf({ readiness }: StackOutputs, evidence: Evidence): Promise<OllamaClient> {
  return new OllamaClient(await serverUrl({ ...readiness, container: serverOf(evidence).id }));
}

async function serverAnswers(outputs: StackOutputs, evidence: Evidence): Promise<void> {
  await withHeartbeat("Waiting for the server", waitForServer(await clientOf(outputs, evidence), startupSeconds));
}
