import { clashes, tryListening, type ListenState } from "../../engine/listen.ts";
import { isOwn, type StackLabels } from "../../engine/stack-labels.ts";
import { ask } from "./ask.ts";

/** A container that publishes the port. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  /** Whether it is a container of the stack that is deployed. */
  readonly ours: boolean;
}

/** Whether an address and port can be listened on. */
export interface PortFacts {
  readonly state: ListenState;
  /** The container that has a taken port; null when it is another program, or unknown. */
  readonly holder: Holder | null;
}

/** A port of loopback with what is known of it. */
export interface PublishedPort extends PortFacts {
  readonly port: number;
}

/** As {@link gatherPort}, of ports of loopback by their keys. */
export async function gatherPorts(
  ports: Readonly<Record<string, number>>,
  labels: StackLabels,
): Promise<Readonly<Record<string, PublishedPort>>> {
  const gathered = Object.entries(ports).map(
    async ([key, port]) => [key, { port, ...(await gatherPort("127.0.0.1", port, labels)) }] as const,
  );
  return Object.fromEntries(await Promise.all(gathered));
}

/** Tries to listen, and asks Docker who has the port when it is taken. */
export async function gatherPort(address: string, port: number, labels: StackLabels): Promise<PortFacts> {
  const state = await tryListening(address, port);
  if (state !== "taken") return { state, holder: null };
  const found = Object.keys(labels).map((label) => `{{.Label ${JSON.stringify(label)}}}`);
  const format = ["{{.ID}}", "{{.Names}}", "{{.Ports}}", ...found].join("\t");
  const { text } = await ask("docker", "ps", "--no-trunc", "--filter", `publish=${port}/tcp`, "--format", format);
  return { state, holder: holderIn(text, address, labels) };
}

/** The container whose published address clashes with this one, among `docker ps` lines of those that publish the port, with the values of these labels. */
export function holderIn(lines: string, address: string, labels: StackLabels): Holder | null {
  for (const line of lines.split("\n")) {
    const [id = "", name = "", ports = "", ...values] = line.split("\t");
    if (!ports.split(", ").some((mapping) => takes(mapping, address))) continue;
    // Docker prints nothing for a label that is not there.
    const found = Object.keys(labels).flatMap((label, index) => (values[index] ? [[label, values[index]]] : []));
    return { id, name, ours: isOwn(name, Object.fromEntries(found) as StackLabels, labels) };
  }
  return null;
}

/** Whether a mapping such as `127.0.0.1:11434->11434/tcp` takes a port away from an address. */
function takes(mapping: string, address: string): boolean {
  const host = /^\[?(.*?)\]?:[\d-]+->.*\/tcp$/.exec(mapping)?.[1];
  return host !== undefined && clashes(host, address);
}
