import type { ResolvedConfig } from "../../config/resolve.ts";
import { bundledVersion } from "../../components/bundled-version.ts";
import { gatewayImageName, usherImageName } from "../../docker/identity.ts";
import { programBundle } from "../../docker/program-bundle.ts";
import { programParts } from "../../docker/program-image.ts";
import { ensureImage } from "../../engine/ensure-image.ts";
import type { GatewayImage } from "./pack-image.ts";
import type { AskedProgram } from "./program-version.ts";

/** An image of the gateway with what is in it that its base does not list. */
export interface PackedFrom extends GatewayImage {
  readonly program: AskedProgram;
  /** Folders of the packages of npm that are in its program. */
  readonly packages: readonly string[];
}

/**
 * Makes sure of all that the images of a stack's gateway are packed from: HAProxy's as it is, and the usher's base; none
 * without a gateway.
 *
 * A closed host has nothing to build the usher with, and finds the image by the name that its program gives it.
 * @throws Failure that says how else to get an image
 */
export async function gatewayImages({ gateway }: Pick<ResolvedConfig, "gateway">): Promise<PackedFrom[]> {
  if (!gateway.enabled) return [];
  const contents = { image: gateway.usher.image, code: bundledVersion("usher") };
  const name = usherImageName(contents);
  const { content, packages } = await programBundle("usher", name);
  const parts = await programParts("usher", contents, content);
  await ensureImage(gateway.image, "gateway.image");
  await ensureImage(gateway.usher.image, "gateway.usher.image");
  const haproxy = { name: "haproxy", command: ["haproxy", "-v"] as const };
  const node = { name: "node", command: ["node", "--version"] as const };
  return [
    { name: gatewayImageName(gateway.image), source: gateway.image, program: haproxy, packages: [] },
    { name, source: gateway.usher.image, parts, program: node, packages },
  ];
}
