import { asked } from "../support-bundle/ask-host.ts";
import type { Difference } from "./compare.ts";

/** Reading all of a large model from a slow disk takes long, seconds. */
const patience = 3600;

/** What of the models' files in a running server is other than its name says; undefined where it cannot be told. */
export async function changedBlobs(container: string): Promise<readonly Difference[] | undefined> {
  const script = 'cd "${OLLAMA_MODELS:?}/blobs" && sha256sum sha256-*';
  const { text, status } = await asked(["docker", "exec", container, "sh", "-c", script], { seconds: patience });
  return status === 0 ? changedIn(text) : undefined;
}

/** As {@link changedBlobs}, of what `sha256sum` prints. */
export function changedIn(sums: string): Difference[] {
  return [...sums.matchAll(/^([0-9a-f]{64}) [ *]sha256-([0-9a-f]{64})$/gm)].flatMap(([, is = "", name = ""]) =>
    is === name ? [] : [{ of: "models", key: `blob sha256-${name}`, deployed: name, now: is }],
  );
}
