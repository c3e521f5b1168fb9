/** Where the members that bound an answer stand in the body of an endpoint that generates. */
export type Bound = "num_predict" | "max_tokens" | "max_output_tokens";

const bounds: Readonly<Record<string, Bound>> = {
  "/api/generate": "num_predict",
  "/api/chat": "num_predict",
  "/v1/chat/completions": "max_tokens",
  "/v1/completions": "max_tokens",
  "/v1/messages": "max_tokens",
  "/v1/responses": "max_output_tokens",
};

const transcriptions = "/v1/audio/transcriptions";

const others = [
  "/",
  "/api/version",
  "/api/tags",
  "/api/ps",
  "/api/show",
  "/api/embed",
  "/api/embeddings",
  "/v1/embeddings",
  "/v1/models",
  transcriptions,
];

const known: ReadonlySet<string> = new Set([...Object.keys(bounds), ...others]);

/** Path of the details of one model, whose name follows. */
const modelDetails = "/v1/models/";

/** How logs and figures name a path: there are only so many names, whatever is asked for. */
export function endpointOf(path: string): string {
  if (known.has(path)) return path;
  return path.startsWith(modelDetails) ? `${modelDetails}:model` : "other";
}

/** Whether a path is one of these, spelled as they are. */
export function isKnown(path: string): boolean {
  return endpointOf(path) !== "other";
}

/** The member that bounds the answer to a request for this path, undefined where nothing is generated. */
export function boundOf(path: string): Bound | undefined {
  return Object.hasOwn(bounds, path) ? bounds[path] : undefined;
}

/** Whether a request for this path may say how long its model stays in memory; below `/v1` none can. */
export function takesKeepAlive(path: string): boolean {
  return ["/api/generate", "/api/chat", "/api/embed", "/api/embeddings"].includes(path);
}

/** Whether a request for this path has a form in its body, and not JSON. */
export function takesForm(path: string): boolean {
  return path === transcriptions;
}

/** The name of the model that a path has in it. */
export function modelInPath(path: string): string | undefined {
  if (!path.startsWith(modelDetails)) return undefined;
  try {
    return decodeURIComponent(path.slice(modelDetails.length));
  } catch {
    return path.slice(modelDetails.length);
  }
}
