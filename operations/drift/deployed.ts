import { containerType, type Deployment } from "../../runner/local-state.ts";
import { MiB } from "../../support/units.ts";

/** What of a container is compared, by names of docker's own; a list is compared as a set. */
export type Traits = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A container as it was deployed. */
export interface DeployedContainer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly traits: Traits;
}

/** The inputs of the provider's containers that are looked at. */
interface Inputs {
  readonly name?: string;
  readonly image?: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly envs?: unknown;
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly cpus?: string;
  readonly cpuShares?: number;
  readonly readOnly?: boolean;
  readonly privileged?: boolean;
  readonly restart?: string;
  readonly securityOpts?: readonly string[];
  readonly capabilities?: { readonly adds?: readonly string[]; readonly drops?: readonly string[] };
  readonly networksAdvanced?: readonly { readonly name: string }[];
  readonly volumes?: readonly { readonly containerPath?: string }[];
  readonly gpus?: string;
}

/** The containers that Pulumi has written down, with what they were made with. */
export function deployedIn({ resources = [] }: Deployment): DeployedContainer[] {
  const pids = pidsLimits({ resources });
  return resources.flatMap(({ type, urn = "", id, delete: goes, inputs = {} }) => {
    if (type !== containerType || id === undefined || goes === true) return [];
    const made = (urn.split("::").at(-1) ?? "").replace(/-container$/, "");
    const known = inputs as Inputs;
    const traits = { ...traitsOf(known), pidsLimit: pids.get(id) };
    return [{ id, name: known.name ?? id, role: made === "ollama" ? "server" : made, traits }];
  });
}

function traitsOf(inputs: Inputs): Traits {
  const { capabilities = {}, envs } = inputs;
  return {
    image: inputs.image,
    user: inputs.user,
    command: inputs.command?.join(" "),
    // Those with a secret in them are one encrypted text.
    environment: Array.isArray(envs) ? (envs as readonly string[]) : undefined,
    memory: inputs.memory === undefined ? 0 : inputs.memory * MiB,
    memorySwap: inputs.memorySwap === undefined ? undefined : inputs.memorySwap * MiB,
    cpus: Number(inputs.cpus ?? 0),
    cpuShares: inputs.cpuShares ?? 0,
    readOnly: inputs.readOnly ?? false,
    privileged: inputs.privileged ?? false,
    restart: inputs.restart,
    securityOptions: inputs.securityOpts ?? [],
    capabilitiesAdded: capabilities.adds ?? [],
    capabilitiesDropped: capabilities.drops ?? [],
    networks: inputs.networksAdvanced?.map(({ name }) => name),
    mounts: (inputs.volumes ?? []).map(({ containerPath = "" }) => containerPath),
    gpus: inputs.gpus !== undefined && inputs.gpus !== "",
  };
}

/** The provider has no argument for them, and a step of its own sets them. */
function pidsLimits({ resources = [] }: Deployment): ReadonlyMap<string, number> {
  const known = resources.flatMap(({ urn = "", inputs = {} }): [string, number][] => {
    const { stdin } = inputs;
    if (!urn.endsWith("-pids") || typeof stdin !== "string") return [];
    const { container, limit } = JSON.parse(stdin) as { container: string; limit: number };
    return [[container, limit]];
  });
  return new Map(known);
}
