import { tryDocker } from "./docker.ts";
import { labelFilters, type StackLabels } from "./stack-labels.ts";

/** The parts of `docker inspect` that tell how a container ended. */
export interface Ended {
  readonly State: { readonly Status: string; readonly Error: string; readonly OOMKilled: boolean };
  readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
}

/**
 * Whether somebody stopped or killed a container.
 *
 * Under these policies Docker starts one that ended by itself again, with whatever exit code: in between it is
 * `restarting`, and one that cannot be started has an error.
 */
export function isStoppedByHand({ State, HostConfig }: Ended): boolean {
  const restarted = ["always", "unless-stopped"].includes(HostConfig.RestartPolicy.Name);
  return restarted && State.Status === "exited" && State.Error === "" && !State.OOMKilled;
}

/** What is said of a container that somebody stopped. */
export function stoppedByHand(name: string): string {
  return `The container ${name} was stopped by hand (docker stop or docker kill), and Docker does not start such a container again, whatever its restart policy`;
}

/** The containers with the labels of a stack that somebody stopped; none where Docker does not tell. */
export async function containersStoppedByHand(labels: StackLabels): Promise<{ id: string; name: string }[]> {
  const filters = ["--filter", "status=exited", ...labelFilters(labels)];
  const ids = await tryDocker("ps", "--all", "--quiet", "--no-trunc", ...filters);
  if (ids === undefined || ids === "") return [];
  const found = await tryDocker("container", "inspect", ...ids.split("\n"));
  const containers = JSON.parse(found ?? "[]") as readonly (Ended & { readonly Id: string; readonly Name: string })[];
  return containers.filter(isStoppedByHand).map(({ Id, Name }) => ({ id: Id, name: Name.replace(/^\//, "") }));
}
