import { containerType } from "../../runner/local-state.ts";
import { MiB } from "../../support/units.ts";
import { labels, pairs, type Kind } from "./declared.ts";

interface Port {
  readonly internal: number;
  readonly external?: number;
  readonly ip?: string;
  readonly protocol?: string;
}

interface HealthCheck {
  readonly tests: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly retries?: number;
}

interface Volume {
  readonly volumeName?: string;
  readonly hostPath?: string;
  readonly containerPath?: string;
  readonly readOnly?: boolean;
}

interface Mount {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

interface Network {
  readonly name: string;
  readonly aliases?: readonly string[];
}

interface DeviceRequest {
  readonly driver?: string;
  readonly count?: number;
  readonly deviceIds?: readonly string[];
  readonly capabilities?: readonly string[];
}

interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Containers, with every input that the components declare. */
export const containers: Kind = {
  noun: "container",
  type: containerType,
  compared: {
    name: (name: string) => ({ name }),
    image: (image: string) => ({ image }),
    user: (user: string) => ({ user }),
    command: (words: readonly string[]) => ({ command: words.join(" ") }),
    // Without any, that of the image stands.
    entrypoints: (words: readonly string[]) => ({ entrypoint: words.length === 0 ? undefined : words.join(" ") }),
    envs: (environment: readonly string[]) => ({ environment }),
    labels,
    memory: (size: number) => ({ memory: size * MiB }),
    memorySwap: (size: number) => ({ memorySwap: size * MiB }),
    memoryReservation: (size: number) => ({ memoryReservation: size * MiB }),
    shmSize: (size: number) => ({ shmSize: size * MiB }),
    cpus: (cpus: string) => ({ cpus: Number(cpus) }),
    cpuShares: (cpuShares: number) => ({ cpuShares }),
    ulimits: (limits: readonly Ulimit[]) => ({ ulimits: limits.map(ulimitText) }),
    readOnly: (readOnly: boolean) => ({ readOnly }),
    privileged: (privileged: boolean) => ({ privileged }),
    pidMode: (pidMode: string) => ({ pidMode }),
    securityOpts: (securityOptions: readonly string[]) => ({ securityOptions }),
    capabilities: ({ adds = [], drops = [] }: { adds?: readonly string[]; drops?: readonly string[] }) => ({
      capabilitiesAdded: adds,
      capabilitiesDropped: drops,
    }),
    deviceRequests: (requests: readonly DeviceRequest[]) => ({ gpus: requests.map(deviceText) }),
    restart: (restart: string) => ({ restart }),
    stopSignal: (stopSignal: string) => ({ stopSignal }),
    stopTimeout: (stopTimeout: number) => ({ stopTimeout }),
    healthcheck: (check: HealthCheck) => ({ healthCheck: healthText(check) }),
    logDriver: (logDriver: string) => ({ logDriver }),
    logOpts: (options: Readonly<Record<string, string>>) => ({ logOptions: pairs(options) }),
    ports: (published: readonly Port[]) => ({ ports: published.map(portText) }),
    networksAdvanced: (networks: readonly Network[]) => ({
      networks: networks.map(({ name }) => name),
      aliases: networks.flatMap(({ name, aliases = [] }) => aliases.map((alias) => `${alias} in ${name}`)),
    }),
    tmpfs: (folders: Readonly<Record<string, string>>) => ({ tmpfs: pairs(folders) }),
    volumes: (volumes: readonly Volume[]) => ({ mounts: volumes.map(volumeText) }),
    mounts: (mounts: readonly Mount[]) => ({ mounts: mounts.map(mountText) }),
  },
  notComparable: {
    destroyGraceSeconds: "it is how long Pulumi waits when it removes the container, and Docker does not keep it",
  },
  undeclared: {
    memory: 0,
    memoryReservation: 0,
    cpus: 0,
    cpuShares: 0,
    readOnly: false,
    privileged: false,
    pidMode: "",
    securityOptions: [],
    capabilitiesAdded: [],
    capabilitiesDropped: [],
    gpus: [],
    ports: [],
    tmpfs: [],
    mounts: [],
  },
};

/** A limit of a process. */
export function ulimitText({ name, soft, hard }: Ulimit): string {
  return `${name}=${soft}:${hard}`;
}

/** A reservation of GPUs. */
export function deviceText({ driver = "", count = 0, deviceIds = [], capabilities = [] }: DeviceRequest): string {
  const which = deviceIds.length > 0 ? `devices ${deviceIds.join(" ")}` : `count ${count}`;
  return `${driver}: ${which}, ${capabilities.join(" ")}`;
}

/** A health check. */
export function healthText(check: HealthCheck): string {
  const { tests, interval = "0s", timeout = "0s", startPeriod = "0s", retries = 0 } = check;
  return `${tests.join(" ")} (interval ${interval}, timeout ${timeout}, start period ${startPeriod}, retries ${retries})`;
}

/** A published port; any free one where none is written. */
export function portText({ internal, external = 0, ip = "", protocol = "tcp" }: Port): string {
  return `${ip}:${external === 0 ? "any" : external} to ${internal}/${protocol}`;
}

function volumeText({ volumeName, hostPath, containerPath = "", readOnly }: Volume): string {
  const mount = { target: containerPath, ...(readOnly === undefined ? {} : { readOnly }) };
  if (volumeName === undefined) return mountText({ type: "bind", source: hostPath ?? "", ...mount });
  return mountText({ type: "volume", source: volumeName, ...mount });
}

/** What is mounted, where and how. */
export function mountText({ type, source = "", target, readOnly = false }: Mount): string {
  return `${type} ${source} at ${target}${readOnly ? ", read-only" : ""}`;
}
