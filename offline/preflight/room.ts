/** Room on a disk: bytes, and inodes, one for each file, folder and link. */
export interface Room {
  readonly bytes: number;
  readonly inodes: number;
}

/** What a deployment still writes to a disk at its peak. */
export interface Missing extends Room {
  /** How many bytes of it stay. */
  readonly keptBytes: number;
  /** How many bytes are there already. */
  readonly thereBytes: number;
}

/** What a package still needs of the disks of a host. */
export interface MissingRoom {
  /** Where Docker keeps images, with a storage driver. */
  readonly engine: Missing;
  /** Where containerd keeps them, with its image store. */
  readonly containerd: Missing;
  /** In the data folder. */
  readonly data: Missing;
}

/** What a service may write to the disk of Docker's folder in time, bytes. */
export interface Growth {
  /** Of figures of the monitoring. */
  readonly figures: number;
  /** Of containers' logs. */
  readonly logs: number;
}
