import { expect, it } from "vitest";
import { mapsOf } from "../../../edge/maps.ts";

/** What each pattern of the map says of a request, in HAProxy's order. */
function asked(method: string, path: string): string | undefined {
  const patterns = mapsOf({ clients: [], hosts: [], origins: [] }, 4)["endpoints.map"];
  return patterns.find(([pattern]) => new RegExp(pattern).test(`${method}:${path}`))?.[1];
}

it.each([
  ["POST", "/api/generate", "generate:generates"],
  ["POST", "/api/chat", "chat:generates"],
  ["POST", "/api/embed", "embed:generates"],
  ["POST", "/api/embeddings", "embed:generates"],
  ["GET", "/api/tags", "tags:looks"],
  ["HEAD", "/api/tags", "tags:looks"],
  ["POST", "/api/show", "show:reads"],
  ["GET", "/api/ps", "ps:looks"],
  ["GET", "/api/version", "version:looks"],
  ["POST", "/v1/chat/completions", "openai:generates"],
  ["POST", "/v1/completions", "openai:generates"],
  ["POST", "/v1/embeddings", "openai:generates"],
  ["POST", "/v1/responses", "openai:generates"],
  ["GET", "/v1/models", "openai:looks"],
  ["GET", "/v1/models/hf.co/a/b:Q4_K_M", "openai:reads"],
  ["POST", "/v1/messages", "messages:generates"],
  ["POST", "/v1/audio/transcriptions", "transcriptions:generates"],
])("%s %s is %s", (method, path, word) => {
  expect(asked(method, path)).toBe(word);
});

it.each([
  ["GET", "/api/chat"],
  ["XPOST", "/api/chat"],
  ["POST", "/api/chat/x"],
  ["POST", "/x/api/chat"],
  ["POST", "/api/pull"],
  ["DELETE", "/api/delete"],
  ["POST", "/api/blobs/sha256:0"],
  ["GET", "/v1/models/"],
  ["GET", "/v1/models/.hidden"],
  ["POST", "/v1/messages/batches"],
])("%s %s is nothing that can be allowed", (method, path) => {
  expect(asked(method, path)).toBeUndefined();
});
