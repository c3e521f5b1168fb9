import { describe, expect, it } from "vitest";
import { secretLengthFor, tokenOf } from "../../../gateway/client.ts";
import { rulesServer, type RulesSettings } from "../../../gateway/rules-server.ts";
import { answering, type CaddyRequest } from "../support/caddy.ts";

const current = "c".repeat(secretLengthFor("backend.2"));
const old = "o".repeat(secretLengthFor("backend.1"));
const web = "w".repeat(secretLengthFor("web.1"));
const end = 1_800_000_000;

const settings: RulesSettings = {
  clients: [
    {
      name: "backend",
      endpoints: ["chat", "tags"],
      accounts: [
        { user: "backend.2", hash: current, expires: null },
        { user: "backend.1", hash: old, expires: end },
      ],
    },
    { name: "web", endpoints: ["generate"], accounts: [{ user: "web.1", hash: web, expires: null }] },
  ],
  hosts: ["llm.example.org", "127.0.0.1"],
  origins: ["https://app.example.org"],
  maxRequests: 5,
};

const bearer = (user: string, secret: string) => `Bearer ${tokenOf(user, secret)}`;
const authorized = { Authorization: bearer("backend.2", current) };
const good = { method: "POST", target: "/api/chat", host: "127.0.0.1", headers: authorized, now: end - 1 };

/** The client whose request is passed on, or the status and the sentence of the answer. */
function answerTo(change: Partial<CaddyRequest> = {}, more: Partial<RulesSettings> = {}): unknown[] {
  const [first] = answering(rulesServer("rules-a", { ...settings, ...more }), { ...good, ...change });
  if (first?.["handler"] === "vars") return ["passed on", first["client"]];
  const { error } = JSON.parse((first?.["body"] as string | undefined) ?? "{}") as { error?: string };
  return [first?.["status_code"], error];
}

const unauthorized = [401, "unauthorized: send the client's token as Authorization: Bearer TOKEN"];
const closed = [403, "this endpoint is not open to this client"];
const foreign = [403, "web pages of this origin may not call the gateway; see ollama.origins"];

describe("who may ask", () => {
  it.each([
    ["backend.2", current, "/api/chat", "backend"],
    ["backend.1", old, "/api/chat", "backend"],
    ["web.1", web, "/api/generate", "web"],
  ])("is %s with its token", (user, secret, target, client) => {
    expect(answerTo({ target, headers: { Authorization: bearer(user, secret) } })).toEqual(["passed on", client]);
  });

  it.each(["bearer", "BEARER", "Bearer  ", "Basic"])("may write %s before the token", (scheme) => {
    const token = tokenOf("backend.2", current);
    expect(answerTo({ headers: { Authorization: `${scheme} ${token}` } })).toEqual(["passed on", "backend"]);
  });

  const token = tokenOf("backend.2", current);
  it.each([
    ["no credentials", {}],
    ["empty credentials", { Authorization: "" }],
    ["a token without a scheme", { Authorization: token }],
    ["another scheme", { Authorization: `Digest ${token}` }],
    ["a scheme in capitals that Caddy does not know", { Authorization: `BASIC ${token}` }],
    ["an unknown client", { Authorization: bearer("nobody.1", current) }],
    ["a number that is not known any more", { Authorization: bearer("backend.3", current) }],
    ["another client's secret", { Authorization: bearer("backend.2", web) }],
    ["the secret of another number", { Authorization: bearer("backend.1", current) }],
    ["a part of the token", { Authorization: `Bearer ${token.slice(0, -4)}` }],
    ["a short secret", { Authorization: bearer("backend.2", "c".repeat(9)) }],
    ["a secret that would take long to hash", { Authorization: bearer("backend.2", "c".repeat(150)) }],
    ["more behind the token", { Authorization: `Bearer ${token} x` }],
    ["more before the token", { Authorization: `x Bearer ${token}` }],
    ["two tokens", { Authorization: `Bearer ${token}, Bearer ${token}` }],
    ["padding", { Authorization: `Bearer ${token}==` }],
    ["the token in another header", { "X-Api-Key": token }],
  ])("is nobody with %s", (_, headers) => {
    expect(answerTo({ headers })).toEqual(unauthorized);
  });

  it("is everyone whose token has not ended", () => {
    const headers = { Authorization: bearer("backend.1", old) };
    expect(answerTo({ headers, now: end - 1 })).toEqual(["passed on", "backend"]);
    expect(answerTo({ headers, now: end })).toEqual(unauthorized);
    expect(answerTo({ now: end })).toEqual(["passed on", "backend"]);
  });
});

describe("what a client may ask", () => {
  it.each([
    ["GET", "/api/tags", ["passed on", "backend"]],
    ["HEAD", "/api/tags", ["passed on", "backend"]],
    ["POST", "/api/tags", closed],
    ["GET", "/api/chat", closed],
    ["POST", "/api/generate", closed],
    ["GET", "/api/ps", closed],
    ["DELETE", "/api/delete", closed],
    ["POST", "/api/pull", closed],
    ["GET", "/", closed],
  ])("with the words chat and tags: %s %s", (method, target, answer) => {
    expect(answerTo({ method, target })).toEqual(answer);
  });

  it.each([
    "//api/chat",
    "/api/chat/",
    "/api/chat?x=1",
    "/api%2Fchat",
    "/API/chat",
    "/api/chat/../delete",
    "/api/chat\n",
  ])("is compared as it was sent, so %j is closed", (target) => {
    expect(answerTo({ target })).toEqual(closed);
  });

  it("is not what another client may ask", () => {
    const headers = { Authorization: bearer("web.1", web) };
    expect(answerTo({ headers, target: "/api/generate" })).toEqual(["passed on", "web"]);
    expect(answerTo({ headers, target: "/api/chat" })).toEqual(closed);
  });

  it("is told to those alone who may ask anything", () => {
    expect(answerTo({ target: "/api/delete", headers: {} })).toEqual(unauthorized);
  });
});

describe("by which names", () => {
  it.each(["llm.example.org", "127.0.0.1"])("%s is one", (host) => {
    expect(answerTo({ host })).toEqual(["passed on", "backend"]);
  });

  it.each(["evil.example.org", "localhost", "", "llm.example.org.evil"])("%j is none, whoever asks", (host) => {
    expect(answerTo({ host })).toEqual([403, "the gateway is not called by that name; see gateway.hosts"]);
  });
});

describe("from which pages", () => {
  const [Origin, evil] = ["https://app.example.org", "https://evil.example.org"];
  const asking = { "Access-Control-Request-Method": "POST" };

  it("those of a listed origin", () => {
    expect(answerTo({ headers: { ...authorized, Origin } })).toEqual(["passed on", "backend"]);
  });

  it.each([evil, "null", `${Origin}.evil`, `${Origin}:8443`, "http://app.example.org", ""])(
    "not those of %j",
    (other) => {
      expect(answerTo({ headers: { ...authorized, Origin: other } })).toEqual(foreign);
      expect(answerTo({ method: "OPTIONS", headers: { ...asking, Origin: other } })).toEqual(foreign);
    },
  );

  it("those of any origin when all may, with a token still", () => {
    const origins = ["*"];
    expect(answerTo({ headers: { ...authorized, Origin: evil } }, { origins })).toEqual(["passed on", "backend"]);
    expect(answerTo({ headers: { Origin: evil } }, { origins })).toEqual(unauthorized);
  });

  it.each([evil, Origin, "null"])("none, not even %j, when none is listed", (other) => {
    expect(answerTo({ headers: { ...authorized, Origin: other } }, { origins: [] })).toEqual(foreign);
    expect(answerTo({ headers: authorized }, { origins: [] })).toEqual(["passed on", "backend"]);
  });

  it.each([
    ["https://*.example.org", "https://a.b.example.org", true],
    ["https://*.example.org", "https://example.org", false],
    ["https://*.example.org", "https://evil.org/.example.org", false],
    ["http://localhost:*", "http://localhost:8080", true],
    ["http://localhost:*", "http://localhost.evil.org", false],
    ["https://app.example.org", "https://appxexample.org", false],
  ])("of %s: %s may ask: %s", (listed, other, may) => {
    const expected = may ? ["passed on", "backend"] : foreign;
    expect(answerTo({ headers: { ...authorized, Origin: other } }, { origins: [listed] })).toEqual(expected);
  });

  it("which may ask first, without a token", () => {
    expect(
      answering(rulesServer("rules-a", settings), { ...good, method: "OPTIONS", headers: { ...asking, Origin } }),
    ).toEqual([
      {
        handler: "static_response",
        status_code: 204,
        headers: {
          "Access-Control-Allow-Methods": ["GET, HEAD, POST"],
          "Access-Control-Allow-Headers": ["{http.request.header.Access-Control-Request-Headers}"],
          "Access-Control-Max-Age": ["600"],
        },
      },
    ]);
  });

  it.each([{ Origin }, asking, {}])("which alone ask with OPTIONS, and so: %j is no such question", (headers) => {
    expect(answerTo({ method: "OPTIONS", headers })).toEqual(unauthorized);
  });
});
