import type { ResolvedConfig } from "../config/resolve.ts";
import { edgeAlias, edgePort } from "../edge/layout.ts";
import type { Watched } from "../monitoring/targets.ts";

/** What the monitoring of a stack looks at. */
export function watchedBy({ gateway, models, gpus, watcher, ollama }: ResolvedConfig): Watched {
  const scheme = gateway.tls.mode === "none" ? "http" : "https";
  return {
    gateway: gateway.enabled ? `${scheme}://${edgeAlias}:${edgePort}` : undefined,
    // A question to one that does not fit beside the others would load it in the place of one that clients use.
    models: models.length > ollama.maxLoadedModels ? [] : chatting(models),
    gpus: gpus.kind !== "none",
    watcher: watcher.enabled,
  };
}

function chatting(models: ResolvedConfig["models"]): readonly string[] {
  return models.filter(({ for: purposes }) => purposes.includes("chat")).map(({ name }) => name);
}
