import { labelFilters, type StackLabels } from "../../engine/stack-labels.ts";
import { isStoppedByHand, type Ended } from "../../engine/stopped-by-hand.ts";
import { docker } from "../../engine/docker.ts";
import { reasonOf } from "../../support/failure.ts";

/** A container as a person asks about it; nothing that could be a secret. */
export interface RunningContainer {
  readonly name: string;
  readonly image: string;
  /** Docker's word: `running`, `exited`, `restarting` … */
  readonly state: string;
  /** Whether somebody stopped it, so that Docker does not start it again. */
  readonly stoppedByHand: boolean;
  /** What its health check says; null without one. */
  readonly health: string | null;
  /** When it was started last, ISO. */
  readonly since: string;
  /** How often Docker has started it again. */
  readonly restarts: number;
  /** Published addresses with ports. */
  readonly ports: readonly string[];
  /** Memory limit, 0 for none. */
  readonly memoryBytes: number;
}

/** The parts of `docker inspect` that are looked at. */
interface Inspected extends Ended {
  readonly Name: string;
  readonly Config: { readonly Image: string };
  readonly State: Ended["State"] & {
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly RestartCount: number;
  readonly HostConfig: Ended["HostConfig"] & { readonly Memory: number };
  readonly NetworkSettings: {
    readonly Ports: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
  };
}

/** The containers with the labels of a stack; a sentence instead when Docker does not tell. */
export async function containersOf(labels: StackLabels): Promise<readonly RunningContainer[] | string> {
  try {
    const ids = await docker("ps", "--all", "--quiet", "--no-trunc", ...labelFilters(labels));
    if (ids === "") return [];
    const found = JSON.parse(await docker("container", "inspect", ...ids.split("\n"))) as readonly Inspected[];
    return found.map(described).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    return reasonOf(error).replaceAll(/\s*\n\s*/g, "; ");
  }
}

function described(inspected: Inspected): RunningContainer {
  const { Name, Config, State, RestartCount, HostConfig, NetworkSettings } = inspected;
  const published = Object.values(NetworkSettings.Ports ?? {}).flatMap((bindings) => bindings ?? []);
  return {
    name: Name.replace(/^\//, ""),
    image: Config.Image,
    state: State.Status,
    stoppedByHand: isStoppedByHand(inspected),
    health: State.Health?.Status ?? null,
    since: State.StartedAt,
    restarts: RestartCount,
    ports: [
      ...new Set(
        published.map(({ HostIp, HostPort }) => `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:${HostPort}`),
      ),
    ],
    memoryBytes: HostConfig.Memory,
  };
}

/** Size of an image in the engine, bytes; null when it is not there, or Docker does not tell. */
export async function imageBytes(name: string): Promise<number | null> {
  const text = await docker("image", "inspect", "--format", "{{.Size}}", name).catch(() => "");
  return text === "" ? null : Number(text);
}
