import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingForDocker, model } from "../support/fixtures.ts";
import { run } from "../support/shell.ts";
import { heldPlace, startWholeGateway, type WholeGateway } from "../support/whole-gateway.ts";

const { status } = await run("chromium", ["--version"]);
const missing = status === 0 ? await missingForDocker() : "there is no program chromium on the PATH";

const script = String.raw`
const { url, model } = Object.fromEntries(new URLSearchParams(location.search));
const body = (more) => JSON.stringify({ model, prompt: "hi", stream: false, options: { num_predict: 2 }, ...more });
const ask = async (token, sent) => {
  const headers = { Authorization: "Bearer " + token, "Content-Type": "application/json" };
  try {
    const answer = await fetch(url + "/api/generate", { method: "POST", headers, body: sent });
    return [answer.status, (await answer.json()).error ?? "an answer", answer.headers.get("Retry-After")];
  } catch (error) {
    return String(error);
  }
};
const seen = {
  200: await ask("all-token", body()),
  401: await ask("wrong-token", body()),
  403: await ask("chat-token", body()),
  404: await ask("all-token", body({ model: "other" })),
  413: await ask("all-token", body({ prompt: "x".repeat(2 << 20) })),
  429: await ask("small-token", body()),
};
await fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
`;

describe.skipIf(missing)(`a page in Chromium${missing === undefined ? "" : `: ${missing}`}`, () => {
  let gateway: WholeGateway;
  beforeAll(async () => {
    gateway = await startWholeGateway();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  /** What a page sees of the gateway, whose own host is the one that is given. */
  async function seenFrom(host: string, url: string): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), "gemma-chromium-"));
    const { promise, resolve } = Promise.withResolvers<string>();
    const server = createServer((request, response) => {
      if (request.method === "POST") void text(request).then(resolve);
      response.setHeader("Content-Type", "text/html");
      response.end(`<!doctype html><script type="module">${script}</script>`);
    }).listen(0);
    await once(server, "listening");
    const page = `http://${host}:${(server.address() as AddressInfo).port}/?${new URLSearchParams({ url, model }).toString()}`;
    // Chromium on Linux knows no roots but its own, and those of a store that each user fills.
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"];
    const browser = spawn("chromium", [...options, `--user-data-dir=${folder}`, page], { stdio: "ignore" });
    try {
      return JSON.parse(await promise);
    } finally {
      const closed = once(browser, "close");
      browser.kill("SIGKILL");
      await closed;
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, maxRetries: 10 });
    }
  }

  it.each(["http", "https"])("of an allowed origin sees by %s what became of its requests", async (scheme) => {
    const url = scheme === "http" ? gateway.url : gateway.tlsUrl;
    using _place = await heldPlace(url);
    const tooLarge = expect.stringMatching(/^the (request is too large|body has more than)/) as string;
    expect(await seenFrom("localhost", url)).toEqual({
      200: [200, "an answer", null],
      401: [401, "unauthorized: send your token as Authorization: Bearer TOKEN", null],
      403: [403, "this endpoint is not open to this client", null],
      404: [404, expect.stringMatching(/^model 'other' not found; /), null],
      413: [413, tooLarge, null],
      429: [429, "too many requests at once; try again later", "5"],
    });
  });

  it("of another origin sees nothing", async () => {
    const seen = await seenFrom("127.0.0.1", gateway.url);
    expect(new Set(Object.values(seen as object))).toEqual(new Set(["TypeError: Failed to fetch"]));
  });
});
