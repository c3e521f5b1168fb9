import type { ResolvedConfig } from "../../config/resolve.ts";
import { monitoringImages } from "../../docker/monitoring-images.ts";
import { MiB } from "../../support/units.ts";
import type { Growth } from "../preflight/room.ts";

/** Share of its disk that Prometheus' documentation lets figures have at most: it deletes after it has written. */
const figuresShare = 0.8;

/** What Prometheus reserves for a block's file until it has written it. */
const blockBytes = 512 * MiB;

/** What a service may write in time to the disk of Docker's folder. */
export function growthOf(config: ResolvedConfig): Growth {
  const { monitoring, gateway, watcher, logging } = config;
  const figures = monitoring.enabled ? Math.ceil((monitoring.retentionSize * MiB) / figuresShare) + blockBytes : 0;
  const beside = (gateway.enabled ? 2 : 0) + monitoringImages(config).length + (watcher.enabled ? 1 : 0);
  return { figures, logs: (1 + beside) * logging.maxFile * logging.maxSize * MiB };
}
