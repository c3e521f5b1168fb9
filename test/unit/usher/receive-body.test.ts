import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { BodyBudget } from "../../../usher/body-budget.ts";
import { BodyReceiver, ClientGone, type BodyLimits } from "../../../usher/receive-body.ts";
import { JsonScan } from "../../../usher/json-scan.ts";
import { requestKeys } from "../../../usher/request-keys.ts";
import { Refusal } from "../../../usher/refusal.ts";

/** A stream that stands for a request with a body of so many bytes, or of no length that is known. */
function requestOf(length?: number): PassThrough & IncomingMessage {
  const headers = length === undefined ? {} : { "content-length": String(length) };
  return Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;
}

const mebibyte = 1024 * 1024;

function limits(more: Partial<BodyLimits> = {}): BodyLimits {
  return { client: "web", maxBody: 2 * mebibyte, readTimeout: 30, budget: new BodyBudget(4 * mebibyte), ...more };
}

const large = Buffer.from(JSON.stringify({ prompt: "x".repeat(mebibyte) }));
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "there",
    (error: unknown) => (error instanceof Refusal ? `${error.status} ${error.message}` : String(error)),
  );

describe("a large body", () => {
  it("takes its length of memory before it comes, and gives it back", async () => {
    const { budget, ...others } = limits();
    const request = requestOf(large.length);
    using receiver = new BodyReceiver(request, { budget, ...others }, new JsonScan(requestKeys));
    const started = Promise.withResolvers<undefined>();
    const body = receiver.receive(() => {
      started.resolve(undefined);
    });
    await started.promise;
    expect(budget.held).toBe(large.length);
    request.end(large);
    expect(Buffer.concat((await body).chunks).equals(large)).toBe(true);
    receiver[Symbol.dispose]();
    expect(budget.held).toBe(0);
  });

  it("takes as much as is allowed when its length is not known, once it is large", async () => {
    const { budget, ...others } = limits();
    const request = requestOf();
    using receiver = new BodyReceiver(request, { budget, ...others }, new JsonScan(requestKeys));
    const body = receiver.receive(() => undefined);
    request.write(large.subarray(0, 1000));
    await new Promise(setImmediate);
    expect(budget.held).toBe(0);
    for (let at = 1000; at < large.length; at += 10_000) request.write(large.subarray(at, at + 10_000));
    request.end();
    expect((await body).chunks.reduce((sum, { length }) => sum + length, 0)).toBe(large.length);
    expect(budget.held).toBe(2 * mebibyte);
  });

  it.each([large.length, undefined])(
    "of %s bytes that gets no memory in time is told to come again",
    async (length) => {
      const { budget, ...others } = limits({ readTimeout: 0.05 });
      const taken = await budget.take("web", 2 * mebibyte, new AbortController().signal);
      const request = requestOf(length);
      using receiver = new BodyReceiver(request, { budget, ...others }, new JsonScan(requestKeys));
      const body = outcome(receiver.receive(() => undefined));
      request.write(large.subarray(0, -2));
      expect(await body).toBe("503 too many large requests at once; try again later");
      receiver[Symbol.dispose]();
      taken.release();
      expect(budget.held).toBe(0);
    },
  );

  it("that waits is taken when there is memory", async () => {
    const { budget, ...others } = limits();
    const taken = await budget.take("web", 2 * mebibyte, new AbortController().signal);
    const request = requestOf();
    using receiver = new BodyReceiver(request, { budget, ...others }, new JsonScan(requestKeys));
    const body = outcome(receiver.receive(() => undefined));
    request.write(large.subarray(0, -2));
    while (!request.isPaused()) await new Promise(setImmediate);
    request.end(large.subarray(-2));
    taken.release();
    expect(await body).toBe("there");
  });

  it("that is gone before there is memory takes none", async () => {
    const { budget, ...others } = limits();
    const taken = await budget.take("web", 2 * mebibyte, new AbortController().signal);
    const request = requestOf();
    {
      using receiver = new BodyReceiver(request, { budget, ...others }, new JsonScan(requestKeys));
      const body = outcome(receiver.receive(() => undefined));
      request.write(large);
      while (!request.isPaused()) await new Promise(setImmediate);
      request.destroy();
      expect(await body).toBe(String(new ClientGone()));
    }
    taken.release();
    await new Promise(setImmediate);
    expect(budget.held).toBe(0);
  });
});
