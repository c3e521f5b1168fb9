import type { EdgeClient } from "./policy.ts";

/** A client's lane: how many of its requests it lets on. */
export interface Lane {
  readonly client: string;
  readonly parallel: number;
}

/** Lanes of some clients; none lets on more than the server has slots for. */
export function lanesOf(clients: readonly EdgeClient[], slots: number): Lane[] {
  return clients.map(({ name, maxParallel }) => ({ client: name, parallel: Math.min(maxParallel, slots) }));
}

const toSlots = ({ parallel }: Lane) => `127.0.0.1:8081 maxconn ${parallel}`;

/** lanes.cfg: the last section of the configuration. */
export function lanesText(lanes: readonly Lane[]): string {
  return [
    "# The lane of each client, by its name; see haproxy.cfg.",
    "backend lanes from lane",
    "  use-server %[var(txn.client)] if TRUE",
    ...lanes.map((lane) => `  server ${lane.client} ${toSlots(lane)}`),
    "",
  ].join("\n");
}

/**
 * Commands that give each client its lane. That of a client who is gone stays until the next reload: nobody comes to it,
 * and who is in it still goes on.
 * @param running - names of the lanes that are there
 */
export function laneCommands(running: readonly string[], wanted: readonly Lane[]): string[] {
  return wanted.flatMap((lane) =>
    running.includes(lane.client)
      ? [`set maxconn server lanes/${lane.client} ${lane.parallel}`]
      : [`add server lanes/${lane.client} ${toSlots(lane)}`, `enable server lanes/${lane.client}`],
  );
}
