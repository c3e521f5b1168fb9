import { once } from "node:events";
import { createServer, isIP } from "node:net";
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
  /** `foreign`: the address is none of this host's; `forbidden`: it takes root to try. */
  readonly state: "free" | "taken" | "foreign" | "forbidden" | "unknown";
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

const states: Readonly<Record<string, PortFacts["state"]>> = {
  EADDRINUSE: "taken",
  EADDRNOTAVAIL: "foreign",
  // IPv6 is switched off on this host.
  EAFNOSUPPORT: "foreign",
  EACCES: "forbidden",
};

async function tryListening(address: string, port: number): Promise<PortFacts["state"]> {
  // A name would be asked of a DNS server.
  if (isIP(address) === 0) return "unknown";
  const server = createServer();
  try {
    server.listen({ host: address, port, exclusive: true, ipv6Only: true });
    await once(server, "listening");
    return "free";
  } catch (error) {
    return states[(error as NodeJS.ErrnoException).code ?? ""] ?? "unknown";
  } finally {
    server.close();
  }
}

/** The container whose published address clashes with this one, among `docker ps` lines of those that publish the port. */
export function holderIn(lines: string, address: string, ours: readonly string[]): Holder | null {
  for (const line of lines.split("\n")) {
    const [id = "", name = "", ports = ""] = line.split("\t");
    if (!ports.split(", ").some((mapping) => clashes(mapping, address))) continue;
    return { id, name, ours: ours.some((known) => known !== "" && id.startsWith(known)) };
  }
  return null;
}

const everywhere: readonly string[] = ["0.0.0.0", "::"];

/** Whether a mapping such as `127.0.0.1:11434->11434/tcp` takes a port away from an address. */
function clashes(mapping: string, address: string): boolean {
  const host = /^\[?(.*?)\]?:[\d-]+->.*\/tcp$/.exec(mapping)?.[1];
  if (host === undefined || isIP(host) !== isIP(address)) return false;
  return host === address || everywhere.includes(host) || everywhere.includes(address);
}
