import { docker } from "../../engine/docker.ts";
import { serverUrl } from "../../engine/server-url.ts";
import { OllamaClient } from "../../ollama/client.ts";
import { bringUp } from "../../runner/bring-up.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { StackRun, type StackRunArgs } from "../../runner/stack-run.ts";
import { reasonOf } from "../../support/failure.ts";
import { say, withHeartbeat } from "../../support/progress.ts";
import { startupSeconds, waitForServer } from "../../ollama/wait.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding, Fix } from "./finding.ts";

/** What is mended, and with what. */
export interface Mending {
  readonly args: StackRunArgs;
  readonly outputs: StackOutputs;
  /** Looks anew, and returns what is still wrong. */
  readonly examineAgain: () => Promise<readonly Finding[]>;
  /** The server's container as it is now. */
  readonly server: Evidence["containers"][number] | undefined;
}

/** What comes next where a fix did not help. */
const ladder: readonly Fix[] = ["reload", "restart"];

/** Mends what can be mended without removing anything, says each step, and returns what is still wrong. */
export async function mend(findings: readonly Finding[], mending: Mending): Promise<readonly Finding[]> {
  let left = findings;
  if (wants(left, "up")) left = await step("up", left, mending);
  for (const fix of ladder) {
    // A restart is also what comes after a reload that did not help.
    const isNext = wants(left, fix) || (fix === "restart" && wants(left, "reload"));
    if (isNext) left = await step(fix, left, mending);
  }
  return left;
}

function wants(findings: readonly Finding[], fix: Fix): boolean {
  return findings.some((finding) => finding.fix === fix);
}

async function step(fix: Fix, findings: readonly Finding[], mending: Mending): Promise<readonly Finding[]> {
  const reasons = findings.flatMap(({ id, fix }) => (fix === undefined ? [] : id));
  say(`${sayings[fix]}, because of ${[...new Set(reasons)].join(", ")}`);
  try {
    await actions[fix](mending);
  } catch (error) {
    say(`That failed: ${reasonOf(error)}`);
  }
  return mending.examineAgain();
}

const sayings: Readonly<Record<Fix, string>> = {
  up: "Bringing the stack up as it is configured",
  reload: "Taking the models out of memory and loading them again",
  restart: "Restarting the server's container",
};

/** How long a model may take to go and come back, milliseconds. */
const reloadTime = 60_000;

const actions: Readonly<Record<Fix, (mending: Mending) => Promise<void>>> = {
  up: async ({ args }) => {
    await bringUp(await StackRun.open(args));
  },
  reload: async ({ outputs, server }) => {
    if (server?.now === undefined) return;
    const client = new OllamaClient(await serverUrl({ ...outputs.readiness, container: server.now.id }));
    for (const { model, keepAlive } of outputs.readiness.models.filter(({ for: uses }) => uses.includes("chat"))) {
      await withHeartbeat(`Taking ${model} out of memory`, client.load(model, AbortSignal.timeout(reloadTime), "0"));
      const loading = client.load(model, AbortSignal.timeout(reloadTime), keepAlive ?? undefined);
      await withHeartbeat(`Loading ${model}`, loading);
    }
  },
  restart: async ({ outputs, server }) => {
    if (server?.now === undefined) return;
    await withHeartbeat(`Restarting ${server.name}`, docker("restart", "--time", "10", server.now.id));
    const client = new OllamaClient(await serverUrl({ ...outputs.readiness, container: server.now.id }));
    await withHeartbeat("Waiting for the server", waitForServer(client, startupSeconds));
  },
};
