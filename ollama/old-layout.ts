/*
 * A volume of `docker run -v …:/root/.ollama`, as in Compose files, has the model store in a folder `models/`, beside
 * keys and history. Here the store is the volume itself.
 */

/** Folders in which a volume has the store of a server that it was the home of, from its top. */
const oldStores = ["models", ".ollama/models"];

/** What was done for one run of {@link takeOverScript}. */
export interface TakenOver {
  /** Blobs that have two names on the disk now. */
  readonly linked: number;
  /** Blobs that were moved, as the file system knows no second names. */
  readonly moved: number;
  /** Models that have become known. */
  readonly models: number;
}

/**
 * A shell script that makes the models of older stores in the current folder its own, and prints what {@link parseTakenOver} reads.
 *
 * Blobs get a second name and manifests are copied, so that the server of before finds its store as it was. Blobs come
 * first: a model that is known is complete. What is there already stays; a run that was killed can be run again.
 */
export const takeOverScript = `set -eu
linked=0 moved=0 models=0
fresh=.taking-over
tool rm -rf "$fresh"
for old in ${oldStores.join(" ")}; do
  [ -d "$old" ] && [ ! -L "$old" ] || continue
  for blob in "$old"/blobs/sha256[-:]*; do
    hex="\${blob##*/sha256?}"
    # Also what is left of a download that was cut.
    [ -f "$blob" ] && [ "\${#hex}" -eq 64 ] && [ ! -e "blobs/sha256-$hex" ] || continue
    [ -r "$blob" ] || { echo "$blob: Permission denied" >&2; exit 1; }
    tool mkdir -p blobs
    if tool ln "$blob" "blobs/sha256-$hex" 2>/dev/null; then linked=$((linked + 1))
    else tool mv "$blob" "blobs/sha256-$hex"; moved=$((moved + 1)); fi
  done
  for manifest in "$old"/manifests/*/*/*/*; do
    name="\${manifest#"$old"/}"
    [ -f "$manifest" ] && [ ! -e "$name" ] && [ ! -e "$fresh/$name" ] || continue
    tool mkdir -p "$fresh/\${name%/*}"
    # A server writes a manifest in place.
    tool cp "$manifest" "$fresh/$name"
  done
done
[ ! -d "$fresh" ] || tool sync
for manifest in "$fresh"/manifests/*/*/*/*; do
  [ -f "$manifest" ] || continue
  name="\${manifest#"$fresh"/}"
  tool mkdir -p "\${name%/*}"
  tool mv "$manifest" "$name"
  models=$((models + 1))
done
tool rm -rf "$fresh"
echo "$linked $moved $models"`;

/** What a run of {@link takeOverScript} has printed. */
export function parseTakenOver(text: string): TakenOver {
  const [linked = 0, moved = 0, models = 0] = text.trim().split(" ").map(Number);
  return { linked, moved, models };
}
