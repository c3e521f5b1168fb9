import { clashes, tryListening, type ListenState } from "../../engine/listen.ts";
import { ask } from "./ask.ts";

/** A container that publishes the port. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  /** Whether its ID is one of those that were given as ours. */
  readonly ours: boolean;
}

/** Whether an address and port can be listened on. */
export interface PortFacts {
  readonly state: ListenState;
  /** The container that has a taken port; null when it is another program, or unknown. */
  readonly holder: Holder | null;
}

/** Tries to listen, and asks Docker who has the port when it is taken. */
export async function gatherPort(address: string, port: number, ours: readonly string[]): Promise<PortFacts> {
  const state = await tryListening(address, port);
  if (state !== "taken") return { state, holder: null };
  const format = "{{.ID}}\t{{.Names}}\t{{.Ports}}";
  const { text } = await ask("docker", "ps", "--no-trunc", "--filter", `publish=${port}/tcp`, "--format", format);
  return { state, holder: holderIn(text, address, ours) };
}

/** The container whose published address clashes with this one, among `docker ps` lines of those that publish the port. */
export function holderIn(lines: string, address: string, ours: readonly string[]): Holder | null {
  for (const line of lines.split("\n")) {
    const [id = "", name = "", ports = ""] = line.split("\t");
    if (!ports.split(", ").some((mapping) => takes(mapping, address))) continue;
    return { id, name, ours: ours.some((known) => known !== "" && id.startsWith(known)) };
  }
  return null;
}

/** Whether a mapping such as `127.0.0.1:11434->11434/tcp` takes a port away from an address. */
function takes(mapping: string, address: string): boolean {
  const host = /^\[?(.*?)\]?:[\d-]+->.*\/tcp$/.exec(mapping)?.[1];
  return host !== undefined && clashes(host, address);
}
