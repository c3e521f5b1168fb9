/** An entry of an image's history. */
interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly empty_layer?: boolean;
}

/** What the containers of an image inherit. */
interface ContainerSettings {
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** What is written anew, what was the builder's own container, and the health check, which containers get from the program. */
const dropped = ["history", "container", "container_config", "Healthcheck"];

function kept(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !dropped.includes(key)));
}

/** The configuration of an image, whose sha256 is the image's ID; keys that are not named here are kept as they are. */
export interface ImageConfig {
  readonly created?: string;
  readonly config?: ContainerSettings;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history?: readonly HistoryEntry[];
}

/** What is put around a base image. */
export interface Addition {
  /** Digest of the uncompressed layer below the base's layers. */
  readonly weights: string;
  /** Digest of the uncompressed layer above them. */
  readonly notices: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The configuration of a base image with a layer below and one above its own, as the text that is hashed.
 *
 * It depends on nothing but its arguments, so that the same image has the same ID on every machine. All settings of
 * the base are kept but its health check.
 */
export function assembledConfig(base: ImageConfig, { weights, notices, labels }: Addition): string {
  const { config: settings = {}, history } = base;
  const created = base.created ?? "1970-01-01T00:00:00Z";
  const added = (what: string): HistoryEntry => ({ created, created_by: what });
  const layers = (history ?? []).filter((entry) => !entry.empty_layer);
  return JSON.stringify({
    ...kept(base),
    created,
    config: { ...kept(settings), Labels: { ...settings.Labels, ...labels } },
    rootfs: { type: "layers", diff_ids: [weights, ...base.rootfs.diff_ids, notices] },
    // One that does not fit the layers is refused by the engine; images without any are fine.
    ...(history && layers.length === base.rootfs.diff_ids.length
      ? { history: [added("the model's weights"), ...history, added("licence texts and notice")] }
      : {}),
  });
}
