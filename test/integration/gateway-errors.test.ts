import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { doorServer } from "../../gateway/door-server.ts";
import { rulesServer } from "../../gateway/rules-server.ts";
import type { RawAnswer } from "../support/raw-request.ts";
import { RealCaddy } from "../support/real-caddy.ts";

/** What went wrong inside Caddy, the status and the sentence that are answered, and headers beside its kind. */
type Row = readonly [status: number, message: string, answered: number, error: string, more?: object];

const notInTime = "the request was not sent in time; see gateway.readTimeout";
const ended = "the model server ended the connection before it answered";
const unreadable = "the request cannot be read";
const unauthorized = "unauthorized: send the client's token as Authorization: Bearer TOKEN";
const tooMany = "too many requests at once; try again later";

let caddy: RealCaddy;
beforeAll(async () => {
  caddy = await RealCaddy.start();
});
afterAll(() => caddy[Symbol.asyncDispose]());

const asked = (rows: readonly Row[]) => rows.map(([status, message]) => ({ status, message }));

function isAnswered(answer: RawAnswer | undefined, row: Row | undefined): void {
  if (row === undefined) throw new Error("there is no such row");
  const [, , status, error, more = {}] = row;
  expect(answer).toMatchObject({ status, body: JSON.stringify({ error }) });
  expect(answer?.headers).toMatchObject({ "content-type": "application/json; charset=utf-8", ...more });
}

describe("an error of the door", () => {
  const rows: readonly Row[] = [
    [413, "http: request body too large", 413, "the request is too large; see gateway.maxBody"],
    [502, "i/o timeout", 408, notInTime],
    [400, "malformed", 400, unreadable],
    [499, "cancelled", 400, unreadable],
    [500, "wrong", 502, "the gateway could not get an answer"],
    [502, "connection reset", 502, "the gateway could not get an answer"],
  ];
  let answers: readonly RawAnswer[];
  beforeAll(async () => {
    answers = await caddy.answersTo(doorServer({ maxBody: 32, readTimeout: 60, certificateName: null }), asked(rows));
  });

  it.each(rows.map((row, index) => [...row.slice(0, 3), index] as const))(
    "%s, `%s`, is answered with %s",
    (...args) => {
      const index = args.at(-1) as number;
      isAnswered(answers[index], rows[index]);
    },
  );

  it("ends its connection like every answer, and tells nothing of what is behind it", () => {
    for (const { headers } of answers) {
      expect(headers).toMatchObject({ connection: "close", "x-content-type-options": "nosniff" });
      expect(headers["server"]).toBeUndefined();
    }
  });
});

describe("an error of the rules", () => {
  const settings = { clients: [], hosts: ["localhost"], origins: [], maxRequests: 68 };
  const rules = rulesServer("rules-a", settings);
  const noHost = "dial tcp: lookup ollama-1: no such host";
  const rows: readonly Row[] = [
    [401, "not authenticated", 401, unauthorized, { "www-authenticate": 'Bearer realm="gemma"' }],
    [503, "no upstreams available", 429, tooMany, { "retry-after": "5" }],
    [400, "malformed", 400, unreadable],
    [499, "cancelled", 400, unreadable],
    [500, "wrong", 502, ended],
    [502, "connection reset", 502, ended],
    // Nobody holds the request either.
    [502, noHost, 502, ended],
  ];
  let answers: readonly RawAnswer[];
  beforeAll(async () => {
    answers = await caddy.answersTo(rules, asked(rows));
  });

  it.each(rows.map((row, index) => [...row.slice(0, 3), index] as const))(
    "%s, `%s`, is answered with %s",
    (...args) => {
      const index = args.at(-1) as number;
      isAnswered(answers[index], rows[index]);
    },
  );

  it("of a server that is not there lets the request wait", async () => {
    const waiting = (handler: object) => ({
      waiting: { listen: ["unix//run/gateway/waiting.sock"], routes: [{ handle: [handler] }] },
    });
    const error = [{ status: 502, message: noHost }];
    const [held] = await caddy.answersTo(rules, error, waiting({ handler: "static_response", body: "held" }));
    expect(held).toMatchObject({ status: 200, body: "held" });
  });
});
