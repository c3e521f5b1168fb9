import { edgeAlias, serverPort } from "./layout.ts";
import { variablesText } from "./settings.ts";

/** Backends that know the server: with its slots, and without. */
const backends = ["generating", "reading"] as const;

const slotNames = ["a", "b"] as const;

/** One of the two places for a server. */
export type SlotName = (typeof slotNames)[number];

/** A place for a server, as HAProxy tells of it. */
export interface Slot {
  readonly name: SlotName;
  /** Name of the server's container. */
  readonly host: string;
  /** What HAProxy takes for its address; undefined for nothing. */
  readonly address: string | undefined;
  /** Whether that is what the name server has said last. */
  readonly found: boolean;
  /** Whether requests are to go there. */
  readonly enabled: boolean;
}

/** What stands for an address that is to be looked up anew. */
const unknown = "127.0.0.1";

/** server.cfg: which server it is when HAProxy starts; undefined for none yet, while requests wait. */
export function serverText(host: string | undefined): string {
  // The edge's own name, and the same one for the other place: one that nobody has would be asked for outside.
  const [name, state] = host === undefined ? [edgeAlias, "disabled"] : [host, "enabled"];
  return variablesText("The server, by the name of its container.", {
    SERVER_A: name,
    STATE_A: state,
    SERVER_B: name,
    STATE_B: "disabled",
  });
}

/** Asks for the places; {@link parseSlots} reads the answer. */
export const askSlots = "show servers state generating";

/** Bits of a server's administrative state: taken out by a command, and without an address. */
const forced = 0x01;
const unresolved = 0x20;

/** The places in an answer to {@link askSlots}. */
export function parseSlots(answer: string): Slot[] {
  return answer.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    const name = slotNames.find((slot) => slot === fields[3]);
    if (fields[1] !== "generating" || name === undefined) return [];
    const [address = "-", admin, host = ""] = [fields[4], Number(fields[6]), fields[17]];
    const found = address !== "-" && address !== unknown && (admin & unresolved) === 0;
    return [{ name, host, address: address === "-" ? undefined : address, found, enabled: (admin & forced) === 0 }];
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
const fallback = { name: "b", host: "", address: undefined } as const;

/** How requests come to go to a server and to no other; those that an old one has it answers. */
export function switchTo(host: string, slots: readonly Slot[]): Switch {
  const present = slots.find((slot) => slot.enabled && slot.host === host);
  const free = slots.filter(({ enabled }) => !enabled);
  // One by the same name is looked up all the time, and an address that it was given would stay.
  const { name: slot, ...was } = present ?? free.find((place) => place.host === host) ?? free[0] ?? fallback;
  const lookUp = inBoth((backend) => [
    `set server ${backend}/${slot} fqdn ${host}`,
    // Else the old address would seem to be the new one, until that was looked up.
    ...(was.address === undefined ? [] : [`set server ${backend}/${slot} addr ${unknown} port ${serverPort}`]),
  ]);
  return {
    slot,
    prepare: was.host === host ? [] : lookUp,
    commit: inBoth((backend) => [`set server ${backend}/${slot} state ready`, ...out(backend, slot)]),
  };
}

/** Commands after which requests wait until there is a server. */
export function holdCommands(): string[] {
  return inBoth((backend) => out(backend));
}

/** Commands after which nobody looks a server up any more that is gone; there has to be another one. */
export function forgetCommands(gone: string, slots: readonly Slot[]): string[] {
  const server = slots.find(({ enabled }) => enabled)?.host;
  if (server === undefined || server === gone) return [];
  const old = slots.filter(({ enabled, host }) => !enabled && host === gone);
  return old.flatMap(({ name }) => inBoth((backend) => [`set server ${backend}/${name} fqdn ${server}`]));
}

/** Takes all places out of use but one. */
function out(backend: string, except?: SlotName): string[] {
  return slotNames.filter((name) => name !== except).map((name) => `set server ${backend}/${name} state maint`);
}

function inBoth(commands: (backend: string) => readonly string[]): string[] {
  return backends.flatMap(commands);
}

/** Asks which connections are open; {@link openConnections} reads the answer. */
export const askConnections = "show servers conn";

/** How many connections there are to a place, each of which is an answer to come. */
export function openConnections(answer: string, place: SlotName): number {
  const names = backends.map((backend) => `${backend}/${place}`);
  const lines = answer.split("\n").map((line) => line.split(" "));
  return lines.filter(([name = ""]) => names.includes(name)).reduce((sum, fields) => sum + Number(fields[6]), 0);
}

/** Ask how many requests there are, also of those that wait; {@link openRequests} reads each answer. */
export const askRequests = backends.map((backend) => `show stat ${backend} 2 -1`);

/** How many requests a backend has. */
export function openRequests(answer: string): number {
  const line = answer.split("\n").find((text) => text.split(",")[1] === "BACKEND");
  return Number(line?.split(",")[4] ?? 0);
}

/** Names of the lanes in an answer to {@link askConnections}. */
export function parseLanes(answer: string): string[] {
  return answer.split("\n").flatMap((line) => /^lanes\/(\S+)/.exec(line)?.[1] ?? []);
}
