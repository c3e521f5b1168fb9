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

/** A layer that is put around those of a base image. */
export interface AddedLayer {
  /** Digest of the layer when it is not compressed. */
  readonly digest: string;
  /** What is in it, for the image's history. */
  readonly what: string;
}

/** What is put around a base image. */
export interface Surroundings {
  /** Layers below the base's, lowest first. */
  readonly below: readonly AddedLayer[];
  /** Layers above them, lowest first. */
  readonly above: readonly AddedLayer[];
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Settings in the place of the base's.
   * @default - none
   */
  readonly settings?: { readonly Entrypoint: readonly string[]; readonly Cmd: readonly string[] };
}

/**
 * The configuration of a base image with layers around its own, as the text that is hashed.
 *
 * It depends on nothing but its arguments, so that the same image has the same ID on every machine. All settings of
 * the base are kept but its health check, and those that are given.
 */
export function joinedConfig(base: ImageConfig, { below, above, labels, settings: own }: Surroundings): string {
  const { config: settings = {}, history } = base;
  const created = base.created ?? "1970-01-01T00:00:00Z";
  const digests = (added: readonly AddedLayer[]) => added.map(({ digest }) => digest);
  const entries = (added: readonly AddedLayer[]) =>
    added.map(({ what }): HistoryEntry => ({ created, created_by: what }));
  const layers = (history ?? []).filter((entry) => !entry.empty_layer);
  return JSON.stringify({
    ...kept(base),
    created,
    config: { ...kept(settings), ...own, Labels: { ...settings.Labels, ...labels } },
    rootfs: { type: "layers", diff_ids: [...digests(below), ...base.rootfs.diff_ids, ...digests(above)] },
    // One that does not fit the layers is refused by the engine; images without any are fine.
    ...(history && layers.length === base.rootfs.diff_ids.length
      ? { history: [...entries(below), ...history, ...entries(above)] }
      : {}),
  });
}
