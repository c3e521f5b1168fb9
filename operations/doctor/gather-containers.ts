import { ask as askEngine } from "../../engine/facts.ts";
import { isStoppedByHand, type Ended } from "../../engine/stopped-by-hand.ts";
import { ask } from "../../offline/preflight/ask.ts";
import type { ContainerEvidence, ContainerNow } from "./evidence.ts";
import type { RecordedContainer } from "./recorded.ts";

/** The parts of `docker inspect` that are looked at. */
interface Inspected {
  readonly Id: string;
  readonly State: Ended["State"] & { readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly RestartCount: number;
  readonly HostConfig: Ended["HostConfig"] & {
    readonly Memory: number;
    readonly DeviceRequests: readonly unknown[] | null;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> | null };
}

/** Looks at the containers that were deployed. */
export function gatherContainers(
  endpoint: string,
  recorded: readonly RecordedContainer[],
): Promise<readonly ContainerEvidence[]> {
  return Promise.all(
    recorded.map(async ({ id, name, role, networks }) => {
      const { text, failure } = await ask("docker", "container", "inspect", id);
      const [found] = failure === null ? (JSON.parse(text) as readonly Inspected[]) : [];
      return { name, role, networks, now: found && (await nowOf(endpoint, found)) };
    }),
  );
}

async function nowOf(
  endpoint: string,
  { Id: id, State, RestartCount, HostConfig, NetworkSettings }: Inspected,
): Promise<ContainerNow> {
  const isRunning = State.Status === "running";
  return {
    id,
    status: State.Status,
    exitCode: State.ExitCode,
    error: State.Error,
    oomKilled: State.OOMKilled,
    restarts: RestartCount,
    stoppedByHand: isStoppedByHand({ State, HostConfig }),
    health: State.Health?.Status,
    networks: Object.keys(NetworkSettings.Networks ?? {}),
    memoryLimit: HostConfig.Memory,
    memoryUsed: isRunning ? await memoryUsed(endpoint, id) : undefined,
    oomKills: isRunning ? await oomKills(id) : 0,
    hasGpus: (HostConfig.DeviceRequests ?? []).length > 0,
  };
}

interface Stats {
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
}

/** Memory without the pages of files, which the kernel takes back where it needs them. */
async function memoryUsed(endpoint: string, id: string): Promise<number | undefined> {
  const path = `/containers/${id}/stats?stream=false&one-shot=true`;
  const { memory_stats: memory } = await askEngine<Stats>(endpoint, path).catch((): Stats => ({}));
  if (memory?.usage === undefined) return undefined;
  const { stats = {} } = memory;
  const of = (name: string) => stats[`total_${name}`] ?? stats[name] ?? 0;
  return memory.usage - of("active_file") - of("inactive_file");
}

/** The kernel's own count, in control groups of either version. */
async function oomKills(id: string): Promise<number> {
  const files = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control";
  const { text } = await ask("docker", "exec", id, "sh", "-c", `cat ${files} 2>/dev/null; true`);
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}
