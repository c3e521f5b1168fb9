/** Room on a disk: bytes, and inodes, one for each file, folder and link. */
export interface Room {
  readonly bytes: number;
  readonly inodes: number;
}

/** What a deployment still writes to a disk at its peak, and how many bytes of it are there already. */
export interface Missing extends Room {
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
