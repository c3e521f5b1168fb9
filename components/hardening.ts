/** What a container is allowed beyond nothing. */
export interface Permissions {
  /** User and group ID of its processes; root is none. */
  readonly userId: number;
  /** Folders in memory that it may write to, with their greatest size in MiB. */
  readonly scratch: Readonly<Record<string, number>>;
  /**
   * Capabilities it keeps, as Docker reports them, `CAP_…`.
   * @default - none
   */
  readonly capabilities?: readonly string[];
}

/** The slice of container arguments that takes away whatever the container does not need. */
export function hardeningArgs({ userId, scratch, capabilities = [] }: Permissions) {
  const options = (size: number) => `mode=0700,uid=${userId},gid=${userId},size=${size}m,noexec,nosuid,nodev`;
  return {
    user: `${userId}:${userId}`,
    readOnly: true,
    tmpfs: Object.fromEntries(Object.entries(scratch).map(([folder, size]) => [folder, options(size)])),
    capabilities: { drops: ["ALL"], ...(capabilities.length > 0 ? { adds: [...capabilities] } : {}) },
    securityOpts: ["no-new-privileges:true"],
  };
}
