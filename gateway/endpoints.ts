import type { Endpoint } from "../config/gateway.ts";

/** Requests that a word of the configuration allows: methods, and the whole request line's target as a regular expression. */
export interface Allowed {
  readonly methods: readonly string[];
  readonly target: string;
}

const post = (target: string): Allowed => ({ methods: ["POST"], target });
const get = (target: string): Allowed => ({ methods: ["GET", "HEAD"], target });

/**
 * What clients can be allowed, by the words of the key `endpoints`. Whatever is not here is answered with 403: pull, push,
 * create, copy, delete, blobs, and everything that a later Ollama adds.
 */
export const endpoints = {
  generate: [post("/api/generate")],
  chat: [post("/api/chat")],
  embed: [post("/api/embed"), post("/api/embeddings")],
  tags: [get("/api/tags")],
  show: [post("/api/show")],
  ps: [get("/api/ps")],
  version: [get("/api/version")],
  openai: [
    post("/v1/(chat/completions|completions|embeddings|responses)"),
    get("/v1/models"),
    get("/v1/models/[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9][A-Za-z0-9._:-]*)*"),
  ],
} as const satisfies Readonly<Record<Endpoint, readonly Allowed[]>>;
