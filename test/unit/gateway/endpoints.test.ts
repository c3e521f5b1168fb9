import { describe, expect, it } from "vitest";
import { endpoints, type Allowed } from "../../../gateway/endpoints.ts";
import { endpointNames, type Endpoint } from "../../../config/gateway.ts";

/** Words that allow a request, which the gateway compares as a whole. */
function allowing(method: string, target: string): Endpoint[] {
  return endpointNames.filter((name) =>
    endpoints[name].some(
      (allowed: Allowed) => allowed.methods.includes(method) && new RegExp(`^${allowed.target}$`).test(target),
    ),
  );
}

const allowed: readonly (readonly [string, string, Endpoint])[] = [
  ["POST", "/api/generate", "generate"],
  ["POST", "/api/chat", "chat"],
  ["POST", "/api/embed", "embed"],
  ["POST", "/api/embeddings", "embed"],
  ["GET", "/api/tags", "tags"],
  ["HEAD", "/api/tags", "tags"],
  ["POST", "/api/show", "show"],
  ["GET", "/api/ps", "ps"],
  ["HEAD", "/api/ps", "ps"],
  ["GET", "/api/version", "version"],
  ["HEAD", "/api/version", "version"],
  ["POST", "/v1/chat/completions", "openai"],
  ["POST", "/v1/completions", "openai"],
  ["POST", "/v1/embeddings", "openai"],
  ["POST", "/v1/responses", "openai"],
  ["GET", "/v1/models", "openai"],
  ["HEAD", "/v1/models", "openai"],
  ["GET", "/v1/models/gemma3n:e4b", "openai"],
  ["GET", "/v1/models/someone/gemma-3_n:Q4_K.M", "openai"],
];

const everyone = ["/", "", "*", "/api", "/api/", "/v1", "/metrics", "/debug/pprof/", "/api/me", "/api/signout"];
const managing = ["pull", "push", "create", "copy", "delete", "blobs", "blobs/sha256:0123", "experimental/web_search"];

const disguised = [
  "//api/generate",
  "//api/delete",
  "/api//generate",
  "/./api/generate",
  "/api/./generate",
  "/api/generate/",
  "/api/generate/../delete",
  "/api/generate/..%2fdelete",
  "/api/generate%2f..%2fdelete",
  "/api/../api/generate",
  "/api%2Fgenerate",
  "/api/generat%65",
  "/%61pi/generate",
  "/API/generate",
  "/api/Generate",
  "/api/generate?",
  "/api/generate?stream=false",
  "/api/generate#x",
  "/api/generate;x",
  "/api/generate%00",
  "/api/generate\n",
  "/api/generate /api/delete",
  "\\api\\generate",
  "/api\\generate",
  "http://localhost/api/generate",
  "localhost/api/generate",
  "/x/api/generate",
  "/api/generates",
  "/api/generat",
  "/v1/chat",
  "/v1/chatXcompletions",
  "/v1/chat/completions/x",
  "/v1/completions|embeddings",
];

describe("the endpoints", () => {
  it("are known by these words, in this order", () => {
    expect(endpointNames).toEqual(["generate", "chat", "embed", "tags", "show", "ps", "version", "openai"]);
  });

  it.each(allowed)("allow %s %s by one word alone", (method, target, name) => {
    expect(allowing(method, target)).toEqual([name]);
  });

  it.each(allowed)("allow no other method than that of %s %s", (method, target) => {
    const reading = method !== "POST";
    const others = ["PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "post", "get", ""];
    for (const other of [...others, ...(reading ? ["POST"] : ["GET", "HEAD"])])
      expect(allowing(other, target)).toEqual([]);
  });

  it.each([...everyone, ...managing.map((name) => `/api/${name}`)])("allow nobody %j", (target) => {
    for (const method of ["GET", "HEAD", "POST", "DELETE"]) expect(allowing(method, target)).toEqual([]);
  });

  it.each(disguised)("take no other way to write a path, such as %j", (target) => {
    for (const method of ["GET", "HEAD", "POST"]) expect(allowing(method, target)).toEqual([]);
  });

  it.each(["/v1/models/", "/v1/models/a%2Fb", "/v1/models/a b", "/v1/models/a?b", "/v1/models/a\\b", "/v1/models/é"])(
    "take no model's name such as in %j",
    (target) => {
      expect(allowing("GET", target)).toEqual([]);
    },
  );
});
