import type { Endpoint } from "../config/gateway.ts";

/**
 * Whether requests take one of the server's slots, read what the usher has to know of, or what Ollama may as well be asked
 * past it.
 */
type Kind = "generates" | "reads" | "looks";

/** Requests that a word of the configuration allows. */
export interface EdgeEndpoint {
  readonly kind: Kind;
  readonly methods: readonly string[];
  /** The whole path as a regular expression. */
  readonly path: string;
}

const generate = (path: string): EdgeEndpoint => ({ kind: "generates", methods: ["POST"], path });
const post = (path: string): EdgeEndpoint => ({ kind: "reads", methods: ["POST"], path });
const get = (path: string, kind: Kind = "looks"): EdgeEndpoint => ({ kind, methods: ["GET", "HEAD"], path });

const modelName = "[A-Za-z0-9][A-Za-z0-9._:-]*";

/**
 * What clients can be allowed, by the words of the key `endpoints`. Whatever is not here is answered with 403: pull, push, create, copy, delete, blobs,
 * and everything that a later Ollama adds.
 */
export const edgeEndpoints = {
  generate: [generate("/api/generate")],
  chat: [generate("/api/chat")],
  embed: [generate("/api/embed"), generate("/api/embeddings")],
  tags: [get("/api/tags")],
  show: [post("/api/show")],
  ps: [get("/api/ps")],
  version: [get("/api/version")],
  openai: [
    generate("/v1/(chat/completions|completions|embeddings|responses)"),
    get("/v1/models"),
    // Which models a client may ask for, the usher knows.
    get(`/v1/models/${modelName}(/${modelName})*`, "reads"),
  ],
  messages: [generate("/v1/messages")],
  transcriptions: [generate("/v1/audio/transcriptions")],
} as const satisfies Readonly<Record<Endpoint, readonly EdgeEndpoint[]>>;
