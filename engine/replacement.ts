import { gatewayNeed } from "../config/memory-need.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import { secondServer, type Fit } from "../config/second-server.ts";
import { formatSeconds } from "../support/units.ts";
import { countServers } from "./own-containers.ts";
import type { StackLabels } from "./stack-labels.ts";
import { gatherRoom } from "./room.ts";

/** How a changed server takes the place of the running one in this update. */
export interface ReplacementPlan {
  readonly replacement: ResolvedConfig["replacement"];
  /** What is said before the server is replaced; undefined where all is as the configuration has it. */
  readonly notice?: string;
}

/** Where the stack is. */
export interface StackPlace {
  readonly endpoint: string;
  readonly labels: StackLabels;
}

/** Looks how many servers of a stack run and what the host has free, and says how a changed one would be replaced. */
export async function planReplacement(
  config: ResolvedConfig,
  { endpoint, labels }: StackPlace,
): Promise<ReplacementPlan> {
  if (config.replacement === "recreate") return { replacement: "recreate" };
  const servers = await countServers(endpoint, labels);
  if (servers === 0) return { replacement: config.replacement };
  // HAProxy stays, and each server has an usher of its own.
  const { usher } = gatewayNeed(config);
  return judgeReplacement(config, servers, secondServer(config, await gatherRoom(config.gpus), usher));
}

/** Judges how a changed server of a stack that wants `start-first` is replaced where some of its servers run. */
export function judgeReplacement(config: ResolvedConfig, servers: number, { fits, why }: Fit): ReplacementPlan {
  if (servers > 1)
    return {
      replacement: "recreate",
      notice:
        "Two servers of this stack run, as an update has failed before: the one that it brought is removed before its replacement starts, so that there are never three",
    };
  switch (fits) {
    case "yes":
      return { replacement: "start-first" };
    case "no":
      return {
        replacement: "recreate",
        notice: `Two servers do not fit on this host: ${why}. The running server is removed before its replacement starts; ${meanwhile(config)}`,
      };
    case "unknown":
      return {
        replacement: "start-first",
        notice:
          `Whether two servers fit on this host is not known: ${why}. The replacement starts beside the running server; ` +
          "write gemma:replacement: recreate where it finds too little",
      };
  }
}

function meanwhile({ gateway, readiness }: ResolvedConfig): string {
  if (gateway.enabled)
    return `the gateway holds requests meanwhile, each for ${formatSeconds(gateway.holdTimeout)} at most (gateway.holdTimeout)`;
  return `nothing is served until that has loaded the model and passed its gate, for which it has ${formatSeconds(readiness.timeout)} (readiness.timeout)`;
}
