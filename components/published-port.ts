import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema.ts";
import { hostPart } from "../support/address.ts";

/** Where a container's port is published; port 0 is any free one. */
export type Publication = Pick<StackConfig, "address" | "port">;

/** The slice of container arguments that publishes one port. */
export function portArgs({ address, port }: Publication, internal: number) {
  return { ports: [{ internal, ip: address, ...(port > 0 ? { external: port } : {}) }] };
}

/** URL under which this host reaches a container's only published port; one on all addresses is reached on loopback. */
export function publishedUrl(
  scheme: "http" | "https",
  address: string,
  { ports }: docker.Container,
): pulumi.Output<string> {
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  return ports.apply((published) => `${scheme}://${hostPart(reachable)}:${published?.[0]?.external ?? 0}`);
}
