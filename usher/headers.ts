import type { IncomingMessage } from "node:http";

/** Headers that are about one connection, and not about the message. */
const ofConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What Ollama is told of a request: it needs no more, and so no more of what clients send gets there. */
const passedOn = ["accept", "content-type", "user-agent"] as const;

/** Headers of the request to Ollama; undefined `length` for one without a body. */
export function requestHeaders(request: IncomingMessage, host: string, length: number | undefined): string[] {
  const headers = ["Host", host];
  for (const name of passedOn) {
    const value = request.headers[name];
    if (value !== undefined) headers.push(name, value);
  }
  if (length !== undefined) headers.push("Content-Length", String(length));
  return headers;
}

/** Headers of an answer without those of the connection that it came by, and without some; names and values by turns. */
export function answerHeaders(answer: IncomingMessage, ...without: readonly string[]): string[] {
  const { rawHeaders } = answer;
  const ofHop = (answer.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const named = new Set([...ofHop, ...without]);
  const headers: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (!ofConnection.has(lower) && !named.has(lower)) headers.push(name, value);
  }
  return headers;
}
