import { networkType } from "../../runner/local-state.ts";
import type { Traits } from "./compare.ts";
import { labels, pairs, type Kind } from "./declared.ts";

interface Range {
  readonly subnet?: string;
  readonly gateway?: string;
}

/** Networks, with every input that the components declare. */
export const networks: Kind = {
  noun: "network",
  type: networkType,
  compared: {
    name: (name: string) => ({ name }),
    internal: (internal: boolean) => ({ internal }),
    ipamConfigs: (ranges: readonly Range[]) => ({ addresses: ranges.map(rangeText) }),
    options: (options: Readonly<Record<string, string>>) => ({ options: pairs(options) }),
    labels,
  },
  notComparable: {},
  undeclared: { internal: false },
};

function rangeText({ subnet = "", gateway = "" }: Range): string {
  return `${subnet} by way of ${gateway}`;
}

/** The parts of `docker network inspect` that are compared. */
export interface InspectedNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Internal: boolean;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
}

/** What of a network is compared. */
export function networkTraits({ Name, Internal, Options, Labels, IPAM }: InspectedNetwork): Traits {
  return {
    name: Name,
    internal: Internal,
    addresses: (IPAM.Config ?? []).map(({ Subnet = "", Gateway = "" }) =>
      rangeText({ subnet: Subnet, gateway: Gateway }),
    ),
    options: pairs(Options),
    labels: pairs(Labels),
  };
}
