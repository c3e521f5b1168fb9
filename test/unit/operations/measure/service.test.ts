import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type Service } from "../../../../operations/measure/service.ts";
import { issue } from "../../../support/certificate.ts";

describe("a request to a gateway with a certificate", () => {
  const folder = mkdtempSync(join(tmpdir(), "gemma-service-"));
  const own = issue(folder, { name: "own", names: "DNS:llm.example.org" });
  const other = issue(folder, { name: "other", names: "DNS:llm.example.org" });
  const server = createServer(
    { cert: readFileSync(own.certificate), key: readFileSync(own.key) },
    (request, response) => {
      void text(request).then((body) =>
        response.end(JSON.stringify([request.method, request.headers.authorization ?? null, body])),
      );
    },
  ).listen(0, "127.0.0.1");

  beforeAll(async () => {
    if (!server.listening) await once(server, "listening");
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const service = (name: string, trusted: string): Service => ({
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "secret",
    tls: { name, trusted: readFileSync(trusted, "utf8") },
  });
  const post = { method: "POST", path: "/api/chat", body: "가" } as const;

  it("carries the token to whoever has the certificate under the name that clients call", async () => {
    const right = service("llm.example.org", own.certificate);
    expect(await text(await send(right, post))).toBe('["POST","Bearer secret","가"]');
    expect(await text(await send(right, { ...post, anonymous: true }))).toBe('["POST",null,"가"]');
    expect(await text(await send(right, { method: "GET", path: "/api/tags" }))).toBe('["GET","Bearer secret",""]');
  });

  it("is not sent to anybody else", async () => {
    await expect(send(service("other.example.org", own.certificate), post)).rejects.toThrow(/does not match/);
    await expect(send(service("llm.example.org", other.certificate), post)).rejects.toThrow(/self-signed certificate/);
  });

  it("ends with the reason for which it is given up", async () => {
    const gone = AbortSignal.abort(new Error("enough"));
    await expect(send(service("llm.example.org", own.certificate), post, gone)).rejects.toThrow("enough");
  });
});
