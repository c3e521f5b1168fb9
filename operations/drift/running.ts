import { ask } from "../../offline/preflight/ask.ts";
import type { Traits } from "./deployed.ts";

/** The parts of `docker inspect` that are compared. */
export interface Inspected {
  readonly Image: string;
  readonly Config: {
    readonly Image: string;
    readonly User: string;
    readonly Cmd: readonly string[] | null;
    readonly Env: readonly string[] | null;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly NanoCpus: number;
    readonly CpuShares: number;
    readonly PidsLimit: number | null;
    readonly ReadonlyRootfs: boolean;
    readonly Privileged: boolean;
    readonly RestartPolicy: { readonly Name: string };
    readonly SecurityOpt: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly DeviceRequests: readonly unknown[] | null;
  };
  readonly Mounts: readonly { readonly Destination: string; readonly Type: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> | null };
}

/** A container as it is; undefined when the engine has none of that ID. */
export async function inspected(id: string): Promise<Inspected | undefined> {
  const { text, failure } = await ask("docker", "container", "inspect", id);
  return failure === null ? (JSON.parse(text) as readonly Inspected[])[0] : undefined;
}

/** What of a running container is compared. */
export function runningTraits({ Image, Config, HostConfig, Mounts, NetworkSettings }: Inspected): Traits {
  return {
    // An engine that stores images by their manifests has another ID than the one that it was asked for.
    image: Config.Image.startsWith("sha256:") ? Config.Image : Image,
    user: Config.User,
    command: (Config.Cmd ?? []).join(" "),
    environment: Config.Env ?? [],
    memory: HostConfig.Memory,
    memorySwap: HostConfig.MemorySwap,
    cpus: HostConfig.NanoCpus / 1e9,
    cpuShares: HostConfig.CpuShares,
    pidsLimit: HostConfig.PidsLimit ?? 0,
    readOnly: HostConfig.ReadonlyRootfs,
    privileged: HostConfig.Privileged,
    restart: HostConfig.RestartPolicy.Name,
    securityOptions: HostConfig.SecurityOpt ?? [],
    capabilitiesAdded: HostConfig.CapAdd ?? [],
    capabilitiesDropped: HostConfig.CapDrop ?? [],
    networks: Object.keys(NetworkSettings.Networks ?? {}),
    mounts: Mounts.filter(({ Type }) => Type !== "tmpfs").map(({ Destination }) => Destination),
    gpus: (HostConfig.DeviceRequests ?? []).length > 0,
  };
}
