import { checkConfig } from "../../config/check.ts";
import { gatewayNeed } from "../../config/memory-need.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { secondServer, type Room, type Server } from "../../config/second-server.ts";
import { readStackFiles } from "../../config/stack-files.ts";
import { gatherRoom } from "../../engine/room.ts";

/** What stands in the way of a trial, or what of it is not known; neither where nothing does. */
export interface TrialOutlook {
  readonly obstacle?: string;
  readonly doubt?: string;
}

/** Looks whether this host can hold a version beside the one that serves; runs in the folder of the new one's program. */
export async function trialOutlook(stack: string): Promise<TrialOutlook> {
  const values = readStackFiles(stack);
  if (values.values["gemma:replacement"] === "recreate") return { obstacle: "the stack's replacement is recreate" };
  const { config } = await checkConfig(values, stack);
  // The trial itself says what is wrong with it.
  return config === undefined ? {} : judgeTrial(config, await gatherRoom(config.gpus));
}

/** Judges whether a host has room for a trial, which has a gateway of its own. */
export function judgeTrial(config: Server & Pick<ResolvedConfig, "gateway">, room: Room): TrialOutlook {
  const { edge, usher } = gatewayNeed(config);
  const { fits, why } = secondServer(config, room, edge + usher);
  if (fits === "no") return { obstacle: `two servers do not fit on this host: ${why}` };
  return fits === "unknown" ? { doubt: `Whether this host has room for the trial is not known: ${why}` } : {};
}
