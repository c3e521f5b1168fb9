import { overlap, parseRange } from "../support/cidr.ts";
import type { Rule } from "./rule.ts";

const subnetsDiffer: Rule = ({ network, gateway }) => {
  const [one, other] = [network?.subnet, gateway?.subnet].map((subnet) => subnet && parseRange(subnet));
  if (!gateway?.enabled || !one || !other || !overlap(one, other)) return undefined;
  return {
    path: ["gateway", "subnet"],
    message: `it overlaps with network.subnet, ${network?.subnet}, and the two are two networks: write another one`,
  };
};

const addressIsOutside: Rule = ({ network, gateway, address }) => {
  const place = address === undefined ? undefined : parseRange(address);
  const inside = [network?.subnet, gateway?.enabled ? gateway.subnet : undefined].find((subnet) => {
    const range = subnet === undefined ? undefined : parseRange(subnet);
    return place !== undefined && range !== undefined && overlap(place, range);
  });
  if (inside === undefined) return undefined;
  return {
    path: inside === network?.subnet ? ["network", "subnet"] : ["gateway", "subnet"],
    message: `it holds ${address}, the address to publish on, which is the host's: write a subnet that nobody else uses`,
  };
};

/** The rules between keys of the networks. */
export const networkRules: readonly Rule[] = [subnetsDiffer, addressIsOutside];
