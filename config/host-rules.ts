import { hostPart } from "../support/address.ts";
import { formatBytes, MiB } from "../support/units.ts";
import { bootWarnings, type Boot } from "./boot.ts";
import { collisionProblems, collisions, subnetsOf, type Networks } from "./host-networks.ts";
import { limitAboveHost, limitUnseen } from "./memory-limit.ts";
import { hostNeed, loadedText, loadedNames } from "./loaded-models.ts";
import { besideNeed, partsText } from "./memory-need.ts";
import type { Problem } from "./problems.ts";
import type { ResolvedConfig } from "./resolve.ts";

/** What the configuration of a stack depends on of the host that it is brought up on; undefined is unknown. */
export interface Host {
  readonly cpus: number | undefined;
  /** Bytes that the stack can have: what is free, swap too, and what its containers have now. */
  readonly memory: number | undefined;
  /** Bytes of all its memory. */
  readonly memoryTotal: number | undefined;
  /** Version of its control groups, `1` or `2`. */
  readonly cgroupVersion: string | undefined;
  /** Whether the stack can publish where it is to: `ours` while a container of its own does, `foreign` on an address of another host. */
  readonly port: "free" | "taken" | "foreign" | "forbidden" | "unknown" | "ours";
  /** Name of a container of somebody else that publishes there. */
  readonly holder?: string;
  /** Ports of the monitoring that others have, by their keys; with the container that publishes there, where it is one. */
  readonly takenPorts?: Readonly<Record<string, { readonly port: number; readonly holder?: string | undefined }>>;
  readonly networks: Networks;
  readonly boot: Boot;
}

type HostRule = (config: ResolvedConfig, host: Host) => Problem | undefined;

function cpusOf(path: readonly string[], cpus: number, host: Host): Problem | undefined {
  if (host.cpus === undefined || cpus <= host.cpus) return undefined;
  return {
    path,
    message: `this host has ${host.cpus} CPUs, and Docker makes no container with more: write ${host.cpus} or less, or 0 for no limit`,
  };
}

const enoughCpus: HostRule = ({ cpus }, host) => cpusOf(["cpus"], cpus, host);

const enoughCpusForEdge: HostRule = ({ gateway }, host) =>
  gateway.enabled ? cpusOf(["gateway", "cpus"], gateway.cpus, host) : undefined;

const enoughCpusForUsher: HostRule = ({ gateway }, host) =>
  gateway.enabled ? cpusOf(["gateway", "usher", "cpus"], gateway.usher.cpus, host) : undefined;

const addressIsHere: HostRule = (_, { port }) =>
  port === "foreign"
    ? {
        path: ["address"],
        message:
          "no address of this host: write one that `ip address` lists, 127.0.0.1 for this host alone, or 0.0.0.0 for all",
      }
    : undefined;

const portIsFree: HostRule = ({ address, port }, host) => {
  if (host.port !== "taken") return undefined;
  const place = `${hostPart(address)}:${port}`;
  return { path: ["port"], message: takenText({ place, port, holder: host.holder }) };
};

function takenText({ place, port, holder }: { place: string; port: number; holder: string | undefined }): string {
  const who = holder === undefined ? "another program" : `the container ${holder}`;
  const stop =
    holder === undefined
      ? `find it with \`ss -ltnp 'sport = :${port}'\` and stop it`
      : `stop it with \`docker stop ${holder}\``;
  return `${place} is taken by ${who}: ${stop}, or write another port`;
}

const enoughMemory: HostRule = (config, { memory }) => {
  const { gateway } = config;
  const need = hostNeed(config);
  if (need.models.length === 0 || memory === undefined) return undefined;
  const beside = besideNeed(config);
  const total = need.sum.total + beside.total;
  if (memory >= total) return undefined;
  const several = need.models.length > 1;
  const who = `${loadedNames(need)}${gateway.enabled ? ` and ${several ? "the" : "its"} gateway` : ""}`;
  const parts = [loadedText(need, config), partsText(beside)].filter((text) => text !== "").join(" + ");
  const choose = several ? "lower ollama.maxLoadedModels, or choose smaller models" : "or choose a smaller model";
  return {
    path: ["models"],
    message:
      `${who} ${several || gateway.enabled ? "need" : "needs"} ${formatBytes(total)} of memory, and this host has ${formatBytes(memory)} free: ` +
      `${parts}; stop what else uses memory, ${choose}`,
  };
};

const rules: readonly HostRule[] = [
  enoughCpus,
  enoughCpusForEdge,
  enoughCpusForUsher,
  addressIsHere,
  portIsFree,
  enoughMemory,
];

/** Ports of loopback that a stack's monitoring publishes, by their keys; not those that Docker chooses. */
export function monitoringPorts({ monitoring }: Pick<ResolvedConfig, "monitoring">): Readonly<Record<string, number>> {
  if (!monitoring.enabled) return {};
  const { port, alertsPort, grafana } = monitoring;
  const ports = { port, alertsPort, ...(grafana.enabled ? { "grafana.port": grafana.port } : {}) };
  return Object.fromEntries(Object.entries(ports).filter(([, number]) => number > 0));
}

function takenBy(config: ResolvedConfig, { takenPorts = {} }: Host): Problem[] {
  return Object.keys(monitoringPorts(config)).flatMap((key) => {
    const taken = takenPorts[key];
    if (taken === undefined) return [];
    const { port, holder } = taken;
    return [
      { path: ["monitoring", ...key.split(".")], message: takenText({ place: `127.0.0.1:${port}`, port, holder }) },
    ];
  });
}

/** What of a configuration this host cannot give. */
export function hostProblems(config: ResolvedConfig, host: Host): Problem[] {
  const found = collisions(subnetsOf(config), host.networks);
  return [
    ...takenBy(config, host),
    ...rules.flatMap((rule) => rule(config, host) ?? []),
    ...collisionProblems(found, "blocking"),
  ];
}

/** What of a configuration works on this host, but not as it reads, not for all, or not after the host was started again. */
export function hostWarnings(config: ResolvedConfig, host: Host): Problem[] {
  const { memoryTotal: total, cgroupVersion, networks, boot } = host;
  const limit = { limit: config.memory * MiB, total, cgroupVersion };
  return [
    ...[limitAboveHost(limit), limitUnseen(limit)].flatMap((message) =>
      message === undefined ? [] : [{ path: ["memory"], message }],
    ),
    ...collisionProblems(collisions(subnetsOf(config), networks), "warning"),
    ...bootWarnings(placeOf(config), boot).map(({ found, advice }) => ({
      path: ["address"],
      message: `${found}: ${advice}`,
    })),
  ];
}

/** Where a stack is published; one that publishes nothing is there as soon as Docker is. */
function placeOf({ network, gateway, address }: ResolvedConfig): string {
  return network.internal && !gateway.enabled ? "127.0.0.1" : address;
}
