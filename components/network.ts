import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { addressText, parseRange } from "../support/cidr.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments and options of a network, whose addresses Docker chooses where no subnet is written. */
export function networkOf({ internal = false, subnet }: Partial<StackConfig["network"]>): {
  readonly args: docker.NetworkArgs;
  readonly options: pulumi.CustomResourceOptions;
} {
  const range = subnet === undefined ? undefined : parseRange(subnet);
  const way = internal ? { internal: true } : {};
  if (subnet === undefined || range === undefined) return { args: way, options: {} };
  return {
    // With the address that Docker would take, as some engines report it.
    args: { ...way, ipamConfigs: [{ subnet, gateway: addressText(range.first + 1) }] },
    // Two cannot have one subnet.
    options: { deleteBeforeReplace: true },
  };
}
