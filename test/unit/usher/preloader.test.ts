import { createServer } from "node:http";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Preloader } from "../../../usher/preloader.ts";
import type { Settings } from "../../../usher/settings.ts";
import { freePort } from "../../support/free-port.ts";
import { settings as plain } from "./support/ruled.ts";
import { json } from "./support/stub-ollama.ts";
import { forEver, stubMemory, type StubMemory } from "./support/stub-memory.ts";

// They wait for states, which a machine with much else to do takes its time for.
vi.setConfig({ testTimeout: 60_000 });

const chat = { model: "gemma3n:e2b", keepAlive: "-1s", preload: true, embeds: false };
const embedding = { model: "all-minilm", keepAlive: "-1s", preload: true, embeds: true };
const chatQuestion = 'POST /api/generate {"model":"gemma3n:e2b","stream":false,"keep_alive":"-1s"}';
const embeddingQuestion = 'POST /api/embed {"model":"all-minilm","input":"","keep_alive":"-1s"}';

const poll = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000, interval: 5 });

/** Milliseconds of an interval that does not end within a test. */
const hour = 3_600_000;

function preloaderOf(settings: Partial<Settings>, interval = 10) {
  const lines: unknown[] = [];
  const preloader = new Preloader((line) => {
    const { time, duration_ms, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect([Date.parse(String(time)) > 0, Number.isInteger(duration_ms)]).toEqual([true, true]);
    lines.push(rest);
  }, interval);
  onTestFinished(() => {
    preloader.stop();
  });
  const configure = (changed: Partial<Settings> = {}) => {
    preloader.configure({ ...plain, kept: [chat], ...settings, ...changed });
  };
  configure();
  return { preloader, lines, configure };
}

/** Waits until it was asked once more in full what is in memory. */
async function nextLook(ollama: StubMemory, looks = 2): Promise<void> {
  const before = ollama.looks();
  await poll(ollama.looks).toBeGreaterThanOrEqual(before + looks);
}

describe("the preloader", () => {
  it("loads what is not in memory, in the way that each is loaded, and then leaves it", async () => {
    const ollama = await stubMemory();
    const { lines } = preloaderOf({ upstream: ollama.upstream, kept: [chat, embedding] });
    await poll(() => lines).toHaveLength(2);
    await nextLook(ollama, 4);
    expect(ollama.asked()).toEqual([chatQuestion, embeddingQuestion]);
    expect(lines).toEqual([
      { preload: "gemma3n:e2b", failure: null },
      { preload: "all-minilm", failure: null },
    ]);
    expect(ollama.got[1]?.headers).toMatchObject({ host: ollama.upstream, "content-type": "application/json" });
  });

  it("leaves what is there, by any spelling of its name, and what need not be", async () => {
    const ollama = await stubMemory();
    ollama.loaded.set("all-minilm:latest", forEver);
    const kept = [embedding, { ...chat, keepAlive: "10m", preload: false }];
    const { lines } = preloaderOf({ upstream: ollama.upstream, kept });
    await nextLook(ollama);
    expect([ollama.asked(), lines]).toEqual([[], []]);
  });

  it("asks nothing where nothing stays", async () => {
    const ollama = await stubMemory();
    const { configure } = preloaderOf({ upstream: ollama.upstream, kept: [{ ...chat, preload: false }] });
    configure({ kept: [] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ollama.got).toEqual([]);
  });

  it("loads it again when it has gone, as after a restart", async () => {
    const ollama = await stubMemory();
    const { lines } = preloaderOf({ upstream: ollama.upstream });
    for (let times = 1; times <= 3; times++) {
      await poll(() => lines).toHaveLength(times);
      ollama.loaded.clear();
    }
    expect(ollama.asked().slice(0, 3)).toEqual(Array(3).fill(chatQuestion));
  });

  it("has one stay that would leave, without a word", async () => {
    const ollama = await stubMemory();
    ollama.loaded.set(chat.model, new Date(Date.now() + 300_000).toISOString());
    const { lines } = preloaderOf({ upstream: ollama.upstream });
    await poll(() => ollama.loaded.get(chat.model)).toBe(forEver);
    await nextLook(ollama);
    expect([ollama.asked(), lines]).toEqual([[chatQuestion], []]);
  });

  it("looks at once when other settings come, also while it loads", async () => {
    const loads = Promise.withResolvers<undefined>();
    const ollama = await stubMemory((_response, _request, model) => model === chat.model && loads.promise);
    const { configure, lines } = preloaderOf({ upstream: ollama.upstream, kept: [chat, embedding] }, hour);
    await poll(ollama.asked).toEqual([chatQuestion]);
    // What came last counts, and the model that is not in it any more is not loaded.
    configure({ kept: [chat] });
    const other = { ...embedding, model: "bge-m3:567m" };
    configure({ kept: [chat, other] });
    loads.resolve(undefined);
    await poll(() => lines).toHaveLength(2);
    expect(ollama.asked()).toEqual([chatQuestion, embeddingQuestion.replace("all-minilm", "bge-m3:567m")]);
    configure({ kept: [embedding] });
    await poll(() => lines).toHaveLength(3);
    expect(ollama.most()).toBe(1);
  });

  it("asks no second time while a model is being loaded", async () => {
    const ollama = await stubMemory(() => new Promise(() => undefined));
    const { configure } = preloaderOf({ upstream: ollama.upstream, kept: [chat, embedding] });
    await poll(ollama.asked).toEqual([chatQuestion]);
    configure();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([ollama.asked(), ollama.looks()]).toEqual([[chatQuestion], 1]);
  });

  it("tells each kind of failure once, tries again, and goes on to the others", async () => {
    let answer: string | undefined = '{"error":"model requires more system memory (5.6 GiB) than is available"}';
    const ollama = await stubMemory((response, _request, model) => {
      if (model !== chat.model || answer === "") return false;
      if (answer === undefined) response.destroy();
      else json(response, JSON.parse(answer), 500);
      return true;
    });
    const { lines, configure } = preloaderOf({ upstream: ollama.upstream, kept: [chat, embedding] });
    const failed = {
      preload: chat.model,
      failure: "failed",
      error: `/api/generate answered 500: ${answer}`,
    };
    await poll(() => lines).toEqual([failed, { preload: "all-minilm", failure: null }]);
    await nextLook(ollama, 6);
    expect(ollama.asked().filter((asked) => asked === chatQuestion).length).toBeGreaterThan(2);
    answer = undefined;
    await expect
      .poll(() => lines.slice(2))
      .toEqual([{ preload: chat.model, failure: "broken", error: "/api/generate: socket hang up" }]);
    answer = '{"error":"other"}';
    await nextLook(ollama, 6);
    expect(lines).toHaveLength(3);
    answer = "";
    await poll(() => lines.slice(3)).toEqual([{ preload: chat.model, failure: null }]);
    // Once it was there, it is news again.
    answer = `"${"x".repeat(1000)}"`;
    ollama.loaded.delete(chat.model);
    const error = `/api/generate answered 500: "${"x".repeat(299)}`;
    await poll(() => lines.slice(4)).toEqual([{ ...failed, error }]);
    configure();
    await poll(() => lines.slice(5)).toEqual([{ ...failed, error }]);
  });

  it("gives a load the time that a request has", async () => {
    const ollama = await stubMemory(() => new Promise(() => undefined));
    const { lines } = preloaderOf({ upstream: ollama.upstream, requestTimeout: 0.2 });
    const error = "/api/generate was not answered within 0.2 s";
    await poll(() => lines).toEqual([{ preload: chat.model, failure: "timeout", error }]);
    await poll(ollama.asked).toEqual([chatQuestion, chatQuestion]);
    expect(ollama.most()).toBe(1);
  });

  it("waits for an Ollama that is not there", async () => {
    const port = await freePort();
    const { lines } = preloaderOf({ upstream: `127.0.0.1:${port}` });
    const error = `/api/ps: connect ECONNREFUSED 127.0.0.1:${port}`;
    await poll(() => lines).toEqual([{ preload: chat.model, failure: "absent", error }]);
    let isLoaded = false;
    const server = createServer((request, response) => {
      if (request.method === "POST") isLoaded = true;
      json(response, { models: isLoaded ? [{ name: chat.model, expires_at: forEver }] : null });
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    await poll(() => lines.slice(1)).toEqual([{ preload: chat.model, failure: null }]);
  });

  it("takes a load back when it is stopped, says nothing of that, and asks nothing any more", async () => {
    const left = Promise.withResolvers<undefined>();
    const ollama = await stubMemory((response) => {
      response.on("close", () => {
        left.resolve(undefined);
      });
      return new Promise(() => undefined);
    });
    const { preloader, lines, configure } = preloaderOf({ upstream: ollama.upstream, kept: [chat, embedding] });
    await poll(ollama.asked).toEqual([chatQuestion]);
    preloader.stop();
    await left.promise;
    configure();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([ollama.asked(), ollama.looks(), lines]).toEqual([[chatQuestion], 1, []]);
  });
});
