/**
 * One spelling of each name of a model, as Ollama reads it: without regard to case, and with the parts that may be left out.
 *
 * A name with the source `cloud` stays another one, as such a model is not on this server.
 */
export function canonicalModel(name: string): string {
  const plain = name
    .trim()
    .replace(/:\s*local$/i, "")
    .replace(/^[^/]*:\/\//, "")
    .toLowerCase();
  const colon = plain.lastIndexOf(":");
  const hasTag = colon > plain.lastIndexOf("/");
  const path = hasTag ? plain.slice(0, colon) : plain;
  const tag = hasTag ? plain.slice(colon + 1) : "latest";
  const missing = ["registry.ollama.ai/library/", "registry.ollama.ai/"][path.split("/").length - 1] ?? "";
  return `${missing}${path}:${tag}`;
}
