import type { ResolvedConfig } from "../config/resolve.ts";
import { edgeAlias, edgePort } from "../edge/layout.ts";
import type { Watched } from "../monitoring/targets.ts";

/** What the monitoring of a stack looks at. */
export function watchedBy({ gateway, models, gpus, watcher }: ResolvedConfig): Watched {
  const scheme = gateway.tls.mode === "none" ? "http" : "https";
  return {
    gateway: gateway.enabled ? `${scheme}://${edgeAlias}:${edgePort}` : undefined,
    models: models.filter(({ for: purposes }) => purposes.includes("chat")).map(({ name }) => name),
    gpus: gpus.kind !== "none",
    watcher: watcher.enabled,
  };
}
