import type { StackConfig } from "../config/schema.ts";

/** Rotation of a container's log. */
export type LogRotation = StackConfig["logging"];

/** The slice of container arguments that keeps a log from filling the disk. */
export function logArgs({ maxSize, maxFile }: LogRotation) {
  return { logDriver: "json-file", logOpts: { "max-size": `${maxSize}m`, "max-file": String(maxFile) } };
}
