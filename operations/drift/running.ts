import { goDuration } from "../../support/units.ts";
import type { Traits } from "./compare.ts";
import { deviceText, healthText, mountText, portText, ulimitText } from "./container.ts";
import { pairs } from "./declared.ts";

type Names = Readonly<Record<string, string>>;

/** The parts of `docker container inspect` that are compared. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Config: {
    readonly Image: string;
    readonly User: string;
    readonly Cmd: readonly string[] | null;
    readonly Entrypoint: readonly string[] | null;
    readonly Env: readonly string[] | null;
    readonly Labels: Names | null;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
    readonly Healthcheck?: {
      readonly Test: readonly string[];
      /** Nanoseconds, as all of its times. */
      readonly Interval?: number;
      readonly Timeout?: number;
      readonly StartPeriod?: number;
      readonly Retries?: number;
    } | null;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly MemoryReservation: number;
    readonly ShmSize: number;
    readonly NanoCpus: number;
    readonly CpuShares: number;
    readonly PidsLimit: number | null;
    readonly PidMode: string;
    readonly ReadonlyRootfs: boolean;
    readonly Privileged: boolean;
    readonly RestartPolicy: { readonly Name: string };
    readonly SecurityOpt: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly DeviceRequests:
      | readonly {
          readonly Driver: string;
          readonly Count: number;
          readonly DeviceIDs: readonly string[] | null;
          readonly Capabilities: readonly (readonly string[])[] | null;
        }[]
      | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Names | null };
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
    readonly Tmpfs?: Names | null;
    readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
  };
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source: string;
    readonly Destination: string;
    readonly RW: boolean;
  }[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly Aliases?: readonly string[] | null }>> | null;
  };
}

/** What of a running container is compared. */
export function runningTraits(found: InspectedContainer): Traits {
  const { Name, Image, Config, HostConfig } = found;
  return {
    name: Name.replace(/^\//, ""),
    // An engine that stores images by their manifests has another ID than the one that it was asked for.
    image: Config.Image.startsWith("sha256:") ? Config.Image : Image,
    user: Config.User,
    command: (Config.Cmd ?? []).join(" "),
    entrypoint: (Config.Entrypoint ?? []).join(" "),
    environment: Config.Env ?? [],
    labels: pairs(Config.Labels),
    memory: HostConfig.Memory,
    memorySwap: HostConfig.MemorySwap,
    memoryReservation: HostConfig.MemoryReservation,
    shmSize: HostConfig.ShmSize,
    cpus: HostConfig.NanoCpus / 1e9,
    cpuShares: HostConfig.CpuShares,
    pidsLimit: HostConfig.PidsLimit ?? 0,
    ulimits: (HostConfig.Ulimits ?? []).map(({ Name, Soft, Hard }) =>
      ulimitText({ name: Name, soft: Soft, hard: Hard }),
    ),
    readOnly: HostConfig.ReadonlyRootfs,
    privileged: HostConfig.Privileged,
    pidMode: HostConfig.PidMode,
    securityOptions: HostConfig.SecurityOpt ?? [],
    capabilitiesAdded: HostConfig.CapAdd ?? [],
    capabilitiesDropped: HostConfig.CapDrop ?? [],
    gpus: gpusOf(found),
    restart: HostConfig.RestartPolicy.Name,
    stopSignal: Config.StopSignal ?? "none",
    stopTimeout: Config.StopTimeout ?? "none",
    healthCheck: healthOf(found),
    logDriver: HostConfig.LogConfig.Type,
    logOptions: pairs(HostConfig.LogConfig.Config),
    ports: portsOf(found),
    ...networksOf(found),
    tmpfs: pairs(HostConfig.Tmpfs),
    mounts: mountsOf(found),
  };
}

function gpusOf({ HostConfig }: InspectedContainer): readonly string[] {
  return (HostConfig.DeviceRequests ?? []).map(({ Driver, Count, DeviceIDs, Capabilities }) =>
    deviceText({ driver: Driver, count: Count, deviceIds: DeviceIDs ?? [], capabilities: (Capabilities ?? []).flat() }),
  );
}

function healthOf({ Config: { Healthcheck: check } }: InspectedContainer): string {
  if (!check) return "none";
  const time = (nanoseconds = 0) => goDuration(nanoseconds / 1e9);
  const { Test, Interval, Timeout, StartPeriod, Retries = 0 } = check;
  const times = { interval: time(Interval), timeout: time(Timeout), startPeriod: time(StartPeriod) };
  return healthText({ tests: Test, ...times, retries: Retries });
}

function portsOf({ HostConfig }: InspectedContainer): readonly string[] {
  return Object.entries(HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) => {
    const [internal = "", protocol = ""] = port.split("/");
    return (bindings ?? []).map(({ HostIp, HostPort }) =>
      portText({ internal: Number(internal), external: Number(HostPort), ip: HostIp, protocol }),
    );
  });
}

function networksOf({ Id, NetworkSettings }: InspectedContainer) {
  const networks = Object.entries(NetworkSettings.Networks ?? {});
  return {
    networks: networks.map(([name]) => name),
    // Engines up to version 24 add the container's ID.
    aliases: networks.flatMap(([name, { Aliases }]) =>
      (Aliases ?? []).filter((alias) => !Id.startsWith(alias)).map((alias) => `${alias} in ${name}`),
    ),
  };
}

/** A volume that Docker has named itself is one that the image asks for. */
const anonymous = /^[0-9a-f]{64}$/;

function mountsOf({ Mounts }: InspectedContainer): readonly string[] {
  return Mounts.filter(({ Type, Name = "" }) => Type !== "tmpfs" && !anonymous.test(Name)).map(
    ({ Type, Name, Source, Destination, RW }) =>
      mountText({ type: Type, source: Name ?? Source, target: Destination, readOnly: !RW }),
  );
}
