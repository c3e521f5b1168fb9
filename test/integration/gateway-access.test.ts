import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretLengthFor, tokenOf } from "../../gateway/client.ts";
import { rulesServer, type RulesSettings } from "../../gateway/rules-server.ts";
import { RealCaddy, withoutUpstream, type CaddyRequest } from "../support/real-caddy.ts";

const current = "c".repeat(secretLengthFor("backend.2"));
const old = "o".repeat(secretLengthFor("backend.1"));
const web = "w".repeat(secretLengthFor("web.1"));
const ended = "e".repeat(secretLengthFor("backend.0"));
const now = Math.floor(Date.now() / 1000);

let caddy: RealCaddy;
let settings: RulesSettings;

beforeAll(async () => {
  caddy = await RealCaddy.start();
  const account = async (user: string, secret: string, expires: number | null = null) => ({
    user,
    hash: await caddy.hash(secret),
    expires,
  });
  settings = {
    clients: [
      {
        name: "backend",
        endpoints: ["chat", "tags"],
        accounts: [
          await account("backend.2", current),
          await account("backend.1", old, now + 3600),
          await account("backend.0", ended, now),
        ],
      },
      { name: "web", endpoints: ["generate"], accounts: [await account("web.1", web)] },
    ],
    hosts: ["llm.example.org", "127.0.0.1"],
    origins: ["https://app.example.org"],
    maxRequests: 5,
  };
});

afterAll(() => caddy[Symbol.asyncDispose]());

const bearer = (user: string, secret: string) => `Bearer ${tokenOf(user, secret)}`;
const authorized = { Authorization: bearer("backend.2", current) };
const good = { method: "POST", target: "/api/chat", host: "127.0.0.1", headers: authorized };

let loaded = "";

async function send(change: Partial<CaddyRequest>, more: Partial<RulesSettings> = {}) {
  const server = rulesServer("rules-a", { ...settings, ...more });
  const text = JSON.stringify(server);
  if (text !== loaded) await caddy.load(withoutUpstream(server));
  loaded = text;
  return caddy.send({ ...good, ...change });
}

/** The client whose request is passed on, or the status and the sentence of the answer. */
async function answerTo(change: Partial<CaddyRequest> = {}, more: Partial<RulesSettings> = {}): Promise<unknown[]> {
  const { status, body } = await send(change, more);
  if (status === 200) return ["passed on", change.method === "HEAD" ? "backend" : body];
  return [status, (JSON.parse(body) as { error: string }).error];
}

const unauthorized = [401, "unauthorized: send the client's token as Authorization: Bearer TOKEN"];
const closed = [403, "this endpoint is not open to this client"];
const foreign = [403, "web pages of this origin may not call the gateway; see ollama.origins"];

describe("who may ask", () => {
  it.each([
    ["backend.2", current, "/api/chat", "backend"],
    ["backend.1", old, "/api/chat", "backend"],
    ["web.1", web, "/api/generate", "web"],
  ])("is %s with its token", async (user, secret, target, client) => {
    expect(await answerTo({ target, headers: { Authorization: bearer(user, secret) } })).toEqual(["passed on", client]);
  });

  it.each(["bearer", "BEARER", "Bearer  ", "Basic"])("may write %s before the token", async (scheme) => {
    const token = tokenOf("backend.2", current);
    expect(await answerTo({ headers: { Authorization: `${scheme} ${token}` } })).toEqual(["passed on", "backend"]);
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
  ])("is nobody with %s", async (_, headers) => {
    expect(await answerTo({ headers })).toEqual(unauthorized);
  });

  it("is everyone whose token has not ended", async () => {
    expect(await answerTo({ headers: { Authorization: bearer("backend.1", old) } })).toEqual(["passed on", "backend"]);
    expect(await answerTo({ headers: { Authorization: bearer("backend.0", ended) } })).toEqual(unauthorized);
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
  ])("with the words chat and tags: %s %s", async (method, target, answer) => {
    expect(await answerTo({ method, target })).toEqual(answer);
  });

  it.each([
    "//api/chat",
    "/api/chat/",
    "/api/chat?x=1",
    "/api%2Fchat",
    "/API/chat",
    "/api/chat/../delete",
    "/api/chat%0A",
  ])("is compared as it was sent, so %j is closed", async (target) => {
    expect(await answerTo({ target })).toEqual(closed);
  });

  it("is not what another client may ask", async () => {
    const headers = { Authorization: bearer("web.1", web) };
    expect(await answerTo({ headers, target: "/api/generate" })).toEqual(["passed on", "web"]);
    expect(await answerTo({ headers, target: "/api/chat" })).toEqual(closed);
  });

  it("is told to those alone who may ask anything", async () => {
    expect(await answerTo({ target: "/api/delete", headers: {} })).toEqual(unauthorized);
  });
});

describe("by which names", () => {
  it.each(["llm.example.org", "127.0.0.1"])("%s is one", async (host) => {
    expect(await answerTo({ host })).toEqual(["passed on", "backend"]);
  });

  it.each(["evil.example.org", "localhost", "llm.example.org.evil"])("%j is none, whoever asks", async (host) => {
    expect(await answerTo({ host })).toEqual([403, "the gateway is not called by that name; see gateway.hosts"]);
  });

  it("an empty one is no request", async () => {
    expect(await answerTo({ host: "" })).toEqual([400, "the request cannot be read"]);
  });
});

describe("from which pages", () => {
  const [Origin, evil] = ["https://app.example.org", "https://evil.example.org"];
  const asking = { "Access-Control-Request-Method": "POST" };

  it("those of a listed origin", async () => {
    expect(await answerTo({ headers: { ...authorized, Origin } })).toEqual(["passed on", "backend"]);
  });

  it.each([evil, "null", `${Origin}.evil`, `${Origin}:8443`, "http://app.example.org", ""])(
    "not those of %j",
    async (other) => {
      expect(await answerTo({ headers: { ...authorized, Origin: other } })).toEqual(foreign);
      expect(await answerTo({ method: "OPTIONS", headers: { ...asking, Origin: other } })).toEqual(foreign);
    },
  );

  it("those of any origin when all may, with a token still", async () => {
    const origins = ["*"];
    expect(await answerTo({ headers: { ...authorized, Origin: evil } }, { origins })).toEqual(["passed on", "backend"]);
    expect(await answerTo({ headers: { Origin: evil } }, { origins })).toEqual(unauthorized);
  });

  it.each([evil, Origin, "null"])("none, not even %j, when none is listed", async (other) => {
    expect(await answerTo({ headers: { ...authorized, Origin: other } }, { origins: [] })).toEqual(foreign);
    expect(await answerTo({ headers: authorized }, { origins: [] })).toEqual(["passed on", "backend"]);
  });

  it.each([
    ["https://*.example.org", "https://a.b.example.org", true],
    ["https://*.example.org", "https://example.org", false],
    ["https://*.example.org", "https://evil.org/.example.org", false],
    ["http://localhost:*", "http://localhost:8080", true],
    ["http://localhost:*", "http://localhost.evil.org", false],
    ["https://app.example.org", "https://appxexample.org", false],
  ])("of %s: %s may ask: %s", async (listed, other, may) => {
    const expected = may ? ["passed on", "backend"] : foreign;
    expect(await answerTo({ headers: { ...authorized, Origin: other } }, { origins: [listed] })).toEqual(expected);
  });

  it("which may ask first, without a token", async () => {
    const { status, headers } = await send({
      method: "OPTIONS",
      headers: { ...asking, "Access-Control-Request-Headers": "x-stainless-os", Origin },
    });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": Origin,
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": "x-stainless-os",
      "access-control-max-age": "600",
      vary: "Origin",
    });
  });

  it.each([{ Origin }, asking, {}])("which alone ask with OPTIONS, and so: %j is no such question", async (headers) => {
    expect(await answerTo({ method: "OPTIONS", headers })).toEqual(unauthorized);
  });
});
