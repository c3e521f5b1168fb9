import { ollamaPort } from "../ollama/server.ts";
import { edgeAlias, usherPort } from "./layout.ts";
import { variablesText } from "./settings.ts";

/** A server, by the names of its containers. */
export interface EdgeServer {
  /** Who is asked. */
  readonly usher: string;
  /** Who is asked past the usher, for what any client may see. */
  readonly ollama: string;
}

/** Backends that know the server, each with whom it asks: with the server's slots, without, and past the usher. */
const backends = { generating: "usher", reading: "usher", looking: "ollama" } as const;

type Backend = keyof typeof backends;

const backendNames = Object.keys(backends) as Backend[];

const ports = { usher: usherPort, ollama: ollamaPort } as const;

const slotNames = ["a", "b"] as const;

/** One of the two places for a server. */
export type SlotName = (typeof slotNames)[number];

/** A place for a server, as HAProxy tells of it. */
export interface Slot {
  readonly name: SlotName;
  readonly server: EdgeServer;
  /** What HAProxy takes for the usher's address; undefined for nothing. */
  readonly address: string | undefined;
  /** Whether both of the server's names are known to the name server. */
  readonly found: boolean;
  /** Whether requests are to go there. */
  readonly enabled: boolean;
}

/** What stands for an address that is to be looked up anew. */
const unknown = "127.0.0.1";

/** server.cfg: which server it is when HAProxy starts; undefined for none yet, while requests wait. */
export function serverText(server: EdgeServer | undefined): string {
  // The edge's own name, and the same one for the other place: one that nobody has would be asked for outside.
  const { usher, ollama } = server ?? { usher: edgeAlias, ollama: edgeAlias };
  return variablesText("The server, by the names of its containers.", {
    USHER_A: usher,
    OLLAMA_A: ollama,
    STATE_A: server === undefined ? "disabled" : "enabled",
    USHER_B: usher,
    OLLAMA_B: ollama,
    STATE_B: "disabled",
  });
}

/** Asks for the places; {@link parseSlots} reads the answer. */
export const askSlots = "show servers state";

/** Bits of a server's administrative state: taken out by a command, and without an address. */
const forced = 0x01;
const unresolved = 0x20;

/** The places in an answer to {@link askSlots}. */
export function parseSlots(answer: string): Slot[] {
  const lines = answer.split("\n").map((line) => line.split(" "));
  const placeIn = (backend: Backend, slot: SlotName) => {
    const fields = lines.find(([, name, , place]) => name === backend && place === slot);
    if (fields === undefined) return undefined;
    const [address = "-", admin, host = ""] = [fields[4], Number(fields[6]), fields[17]];
    const found = address !== "-" && address !== unknown && (admin & unresolved) === 0;
    return { host, address: address === "-" ? undefined : address, found, enabled: (admin & forced) === 0 };
  };
  return slotNames.flatMap((name) => {
    const [usher, ollama] = [placeIn("generating", name), placeIn("looking", name)];
    if (usher === undefined || ollama === undefined) return [];
    const { address, enabled } = usher;
    const server = { usher: usher.host, ollama: ollama.host };
    return [{ name, server, address, found: usher.found && ollama.found, enabled }];
  });
}

/** How one server takes another's place. */
export interface Switch {
  /** The place that the server will have. */
  readonly slot: SlotName;
  /** Commands after which the server is looked up in its place; none where it has one. */
  readonly prepare: readonly string[];
  /** Commands for when it was found, after which requests go there, and nowhere else. */
  readonly commit: readonly string[];
}

/** The place to take when both are in use, which nothing but another hand has done. */
const fallback = { name: "b", server: { usher: "", ollama: "" }, address: undefined } as const;

/** How requests come to go to a server and to no other; those that an old one has it answers. */
export function switchTo(server: EdgeServer, slots: readonly Slot[]): Switch {
  const isThere = (place: Pick<Slot, "server">) => isSame(place.server, server);
  const present = slots.find((slot) => slot.enabled && isThere(slot));
  const free = slots.filter(({ enabled }) => !enabled);
  const { name: slot, ...was } = present ?? free.find(isThere) ?? free[0] ?? fallback;
  const lookUp = (backend: Backend) => {
    const who = backends[backend];
    // One by the same name is looked up all the time, and an address that it was given would stay.
    if (was.server[who] === server[who]) return [];
    return [
      `set server ${backend}/${slot} fqdn ${server[who]}`,
      // Else the old address would seem to be the new one, until that was looked up.
      ...(was.address === undefined ? [] : [`set server ${backend}/${slot} addr ${unknown} port ${ports[who]}`]),
    ];
  };
  return {
    slot,
    prepare: inEach(lookUp),
    commit: inEach((backend) => [`set server ${backend}/${slot} state ready`, ...out(backend, slot)]),
  };
}

function isSame(a: EdgeServer, b: EdgeServer): boolean {
  return a.usher === b.usher && a.ollama === b.ollama;
}

/** Commands after which requests wait until there is a server. */
export function holdCommands(): string[] {
  return inEach((backend) => out(backend));
}

/**
 * Commands after which nobody looks a server up any more that is gone; there has to be another one.
 * @param gone - name of its usher's container
 */
export function forgetCommands(gone: string, slots: readonly Slot[]): string[] {
  const current = slots.find(({ enabled }) => enabled)?.server;
  if (current === undefined || current.usher === gone) return [];
  const old = slots.filter(({ enabled, server }) => !enabled && server.usher === gone);
  return old.flatMap(({ name }) =>
    inEach((backend) => [`set server ${backend}/${name} fqdn ${current[backends[backend]]}`]),
  );
}

/** Takes all places out of use but one. */
function out(backend: Backend, except?: SlotName): string[] {
  return slotNames.filter((name) => name !== except).map((name) => `set server ${backend}/${name} state maint`);
}

function inEach(commands: (backend: Backend) => readonly string[]): string[] {
  return backendNames.flatMap(commands);
}

/** Asks which connections are open; {@link openConnections} reads the answer. */
export const askConnections = "show servers conn";

/** How many connections there are to a place, each of which is an answer to come. */
export function openConnections(answer: string, place: SlotName): number {
  const names = backendNames.map((backend) => `${backend}/${place}`);
  const lines = answer.split("\n").map((line) => line.split(" "));
  return lines.filter(([name = ""]) => names.includes(name)).reduce((sum, fields) => sum + Number(fields[6]), 0);
}

/** Ask how many requests there are, also of those that wait; {@link openRequests} reads each answer. */
export const askRequests = backendNames.map((backend) => `show stat ${backend} 2 -1`);

/** How many requests a backend has. */
export function openRequests(answer: string): number {
  const line = answer.split("\n").find((text) => text.split(",")[1] === "BACKEND");
  return Number(line?.split(",")[4] ?? 0);
}

/** Names of the lanes in an answer to {@link askConnections}. */
export function parseLanes(answer: string): string[] {
  return answer.split("\n").flatMap((line) => /^lanes\/(\S+)/.exec(line)?.[1] ?? []);
}
