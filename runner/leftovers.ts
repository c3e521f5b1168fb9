import { docker, tryDocker } from "../engine/docker.ts";
import { say } from "../support/progress.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { labelFilters, type StackLabels } from "../engine/stack-labels.ts";
import { containerType, networkType, type Deployment } from "./local-state.ts";

type Kind = "container" | "network";

/** IDs of a kind of resource that are written down. */
function recorded({ resources = [] }: Deployment, type: string): Set<string> {
  return new Set(resources.flatMap((resource) => (resource.type === type && resource.id ? [resource.id] : [])));
}

/**
 * Removes what a run that was killed has made without writing it down: containers and networks with the stack's own labels.
 *
 * A container of that kind would hold its port for ever.
 */
export async function removeLeftovers(labels: StackLabels, deployment: Deployment): Promise<void> {
  const [containers, networks] = await allListed(labels, deployment);
  for (const line of await remove(containers, networks)) say(line);
}

/**
 * Removes every container and network with the labels of a stack, whatever is written down of it.
 * @throws Failure that names containers of others on its networks, before anything is removed, or says what the engine does not let go
 */
export async function removeLabelled(labels: StackLabels): Promise<void> {
  const [containers, networks] = await allListed(labels, {});
  refuseStrangers(await strangersOn(networks, new Set(containers)));
  const staying = await remove(containers, networks);
  if (staying.length > 0) throw new Failure(staying.join("\n"));
}

async function allListed(labels: StackLabels, deployment: Deployment): Promise<[string[], string[]]> {
  return [
    await listed("container", labels, recorded(deployment, containerType)),
    await listed("network", labels, recorded(deployment, networkType)),
  ];
}

/** Containers first, as a network that one is on cannot be removed; tells what the engine does not let go, a line each. */
async function remove(containers: readonly string[], networks: readonly string[]): Promise<string[]> {
  return [...(await removeAll("container", containers)), ...(await removeAll("network", networks))];
}

async function listed(kind: Kind, labels: StackLabels, known: ReadonlySet<string>): Promise<string[]> {
  const all = kind === "container" ? ["--all"] : [];
  const ids = await docker(kind, "ls", ...all, "--quiet", "--no-trunc", ...labelFilters(labels));
  return ids.split("\n").filter((id) => id !== "" && !known.has(id));
}

async function removeAll(kind: Kind, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  say(
    `Removing what an interrupted run has left of this stack: ${kind} ${ids.map((id) => id.slice(0, 12)).join(", ")}`,
  );
  const force = kind === "container" ? ["--force", "--volumes"] : [];
  const staying: string[] = [];
  for (const id of ids) {
    await docker(kind, "rm", ...force, id).catch(async (error: unknown) => {
      // Somebody else may have removed it meanwhile.
      if ((await tryDocker(kind, "inspect", id)) === undefined) return;
      staying.push(`The ${kind} ${id.slice(0, 12)} of this stack cannot be removed: ${reasonOf(error)}`);
    });
  }
  return staying;
}

/** A container of somebody else on a network of the stack. */
export interface Stranger {
  readonly container: string;
  readonly network: string;
}

/** Containers on the stack's networks that are not the stack's. */
export async function strangers(deployment: Deployment): Promise<Stranger[]> {
  return strangersOn([...recorded(deployment, networkType)], recorded(deployment, containerType));
}

async function strangersOn(networks: readonly string[], own: ReadonlySet<string>): Promise<Stranger[]> {
  const found: Stranger[] = [];
  for (const network of networks) {
    const text = await tryDocker("network", "inspect", "--format", "{{.Name}} {{json .Containers}}", network);
    const [, name = "", listing = "null"] = /^(\S+) (.+)$/s.exec(text ?? "") ?? [];
    const containers = JSON.parse(listing) as Readonly<Record<string, { readonly Name: string }>> | null;
    for (const [id, { Name }] of Object.entries(containers ?? {}))
      if (!own.has(id)) found.push({ container: Name, network: name });
  }
  return found;
}

/** @throws Failure that names the containers of others which keep networks of the stack from being removed */
export function refuseStrangers(found: readonly Stranger[]): void {
  if (found.length === 0) return;
  const names = found.map(({ container, network }) => `${container} is on ${network}`).join(", ");
  const cures = found.map(({ container, network }) => `docker network disconnect --force ${network} ${container}`);
  throw new Failure(
    `Containers that are not this stack's use a network that has to go: ${names}; nothing was removed. ` +
      `Stop them, or take them off with \`${cures.join("; ")}\`, and run the command again`,
    exitStatus.refused,
  );
}
