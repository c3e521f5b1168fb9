/** Rotation of a container's log. */
export interface LogRotation {
  /** Size at which a new file is begun, MiB. */
  readonly maxSize: number;
  /** Files kept. */
  readonly maxFile: number;
}

/** The slice of container arguments that keeps a log from filling the disk. */
export function logArgs({ maxSize, maxFile }: LogRotation) {
  return { logDriver: "json-file", logOpts: { "max-size": `${maxSize}m`, "max-file": String(maxFile) } };
}
