import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { certificateCommands } from "../edge/certificate.ts";
import { edgeFiles, versionOf, type EdgeConfiguration } from "../edge/configuration.ts";
import { laneCommands, lanesOf } from "../edge/lanes.ts";
import { certificateFile, mapFiles, pathOf } from "../edge/layout.ts";
import { mapsOf, parseMap, prepareMap, preparedVersion, replaceMap } from "../edge/maps.ts";
import {
  askConnections,
  askSlots,
  forgetCommands,
  holdCommands,
  askRequests,
  openConnections,
  openRequests,
  parseLanes,
  parseSlots,
  serverText,
  switchTo,
  type EdgeServer,
  type Slot,
} from "../edge/server.ts";
import {
  askVersion,
  askWorkers,
  parseVersion,
  parseWorkers,
  reloadCommand,
  reloadFailure,
  toWorker,
} from "../edge/workers.ts";
import { Failure } from "../support/failure.ts";
import { EdgeConsole } from "./edge-console.ts";
import { changedFiles, restoreFiles, writeFiles } from "./edge-files.ts";

/** Time in which a server has to be found by its name, milliseconds. */
const lookUpTime = 5_000;

/** Length up to which a certificate is brought by a command; HAProxy reads those into a buffer of 16 KiB. */
const mostCommand = 15_000;

/**
 * Has a running edge do what is wanted, now and after a restart, and loses no request.
 * @throws Failure with HAProxy's own words when it does not take something; it goes on with what it has
 */
export async function configureEdge(container: string, wanted: EdgeConfiguration): Promise<void> {
  const changed = await changedFiles(container, edgeFiles(wanted));
  await using console = await EdgeConsole.open(container);
  const certificate = changed[certificateFile];
  // First: another server may know clients that the one before does not, and a worker can be told nothing of servers any
  // more when there is a newer one.
  await setServer(console, wanted.server);
  if (await needsReload(console, wanted, certificate)) {
    await writeFiles(container, changed);
    await reload(container);
    return;
  }
  const [worker] = await workersOf(console);
  await setLanes(console, worker, wanted);
  await setMaps(console, wanted);
  if (certificate !== undefined) await tellAll(console, worker, certificateCommands(certificate));
  await writeFiles(container, changed);
}

/** Has requests wait where they would still go to a server; tells whether they would. */
export async function holdRequests(container: string, usher: string): Promise<boolean> {
  await using console = await EdgeConsole.open(container);
  const [worker] = await workersOf(console);
  const slots = await slotsOf(console, worker);
  if (!slots.some(({ enabled, server }) => enabled && server.usher === usher)) return false;
  await setServer(console, undefined);
  await writeFiles(container, { "server.cfg": serverText(undefined) });
  return true;
}

/** How many answers a server still has to give, also to requests that wait for it in a worker from before a reload. */
export async function answersLeft(container: string, usher: string): Promise<number> {
  await using console = await EdgeConsole.open(container);
  let left = 0;
  for (const worker of await workersOf(console)) {
    const askWorker = (command: string) => console.ask(toWorker(worker, command));
    const places = (await slotsOf(console, worker)).filter(({ server }) => server.usher === usher);
    if (places.some(({ enabled }) => enabled))
      for (const command of askRequests) left += openRequests(await askWorker(command));
    for (const { name, enabled } of places)
      if (!enabled) left += openConnections(await askWorker(askConnections), name);
  }
  return left;
}

/** Has nobody ask any more where a server is that is about to go; an engine asks outside for names that it does not know. */
export async function forgetServer(container: string, usher: string): Promise<void> {
  await using console = await EdgeConsole.open(container);
  const [worker] = await workersOf(console);
  await tellAll(console, worker, forgetCommands(usher, await slotsOf(console, worker)));
}

async function slotsOf(console: EdgeConsole, worker: number): Promise<Slot[]> {
  return parseSlots(await console.ask(toWorker(worker, askSlots)));
}

async function needsReload(console: EdgeConsole, { settings }: EdgeConfiguration, certificate = ""): Promise<boolean> {
  const [worker] = await workersOf(console);
  const version = parseVersion(await console.ask(toWorker(worker, askVersion)));
  return version !== versionOf(settings) || certificate.length > mostCommand;
}

async function reload(container: string): Promise<void> {
  await using console = await EdgeConsole.open(container);
  const failure = reloadFailure(await console.last(reloadCommand));
  if (failure === undefined) return;
  await restoreFiles(container);
  throw new Failure(`The gateway did not take its configuration: ${failure}`);
}

/** The worker that takes requests in, and after it those that only finish theirs. */
async function workersOf(console: EdgeConsole): Promise<[number, ...number[]]> {
  const [current, ...old] = parseWorkers(await console.ask(askWorkers));
  if (current === undefined) throw new Failure("The gateway has no worker");
  return [current, ...old];
}

async function tellAll(console: EdgeConsole, worker: number, commands: readonly string[]): Promise<void> {
  for (const command of commands) await console.tell(toWorker(worker, command));
}

async function setLanes(console: EdgeConsole, worker: number, { policy, settings }: EdgeConfiguration): Promise<void> {
  const running = parseLanes(await console.ask(toWorker(worker, askConnections)));
  await tellAll(console, worker, laneCommands(running, lanesOf(policy.clients, settings.slots)));
}

/** Clients may ask by connections from before a reload, so every worker has to know them. */
async function setMaps(console: EdgeConsole, { policy, settings }: EdgeConfiguration): Promise<void> {
  const wanted = mapsOf(policy, settings.slots);
  const [current, ...old] = await workersOf(console);
  await setWorkerMaps(console, current, wanted);
  for (const worker of old)
    await setWorkerMaps(console, worker, wanted).catch(async (error: unknown) => {
      // It may have ended meanwhile.
      if ((await workersOf(console)).includes(worker)) throw error;
    });
}

/** Tokens come first in the list and last here, so that whoever has one finds all the rest. */
async function setWorkerMaps(console: EdgeConsole, worker: number, wanted: ReturnType<typeof mapsOf>): Promise<void> {
  for (const file of mapFiles.toReversed()) {
    const running = parseMap(await console.ask(toWorker(worker, `show map ${pathOf(file)}`)));
    if (isDeepStrictEqual(running, wanted[file])) continue;
    const answer = await console.ask(toWorker(worker, prepareMap(file)));
    const version = preparedVersion(answer);
    if (version === undefined) throw new Failure(`The gateway did not prepare ${file}: ${answer}`);
    await tellAll(console, worker, replaceMap(file, version, wanted[file]));
  }
}

/** Sends requests to a server, those that wait too; undefined to have them wait. */
async function setServer(console: EdgeConsole, server: EdgeServer | undefined): Promise<void> {
  const [worker] = await workersOf(console);
  if (server === undefined) {
    await tellAll(console, worker, holdCommands());
    return;
  }
  const { slot, prepare, commit } = switchTo(server, await slotsOf(console, worker));
  await tellAll(console, worker, prepare);
  const end = Date.now() + lookUpTime;
  while ((await slotsOf(console, worker)).find(({ name }) => name === slot)?.found !== true) {
    if (Date.now() > end) {
      await tellAll(console, worker, forgetCommands(server.usher, await slotsOf(console, worker)));
      throw new Failure(`The gateway finds no container by the name ${server.usher} or ${server.ollama}`);
    }
    await sleep(100);
  }
  await tellAll(console, worker, commit);
}
