import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure, reasonOf } from "../support/failure.ts";

/**
 * Shows that a gateway is reached where it is published, and asks who is there.
 * @param patience - how long it may take until there is an answer, seconds
 * @throws Failure that says what it does instead
 */
export async function requireGateway(url: string, patience = 0): Promise<void> {
  const status = await answeredStatus(`${url}/api/version`, Date.now() + patience * 1000).catch((error: unknown) => {
    throw new Failure(`The gateway does not answer at ${url}: ${reasonOf(error)}`);
  });
  if (status !== 401)
    throw new Failure(`The gateway at ${url} answers a request without a token with ${status}, not 401`);
}

async function answeredStatus(url: string, until: number): Promise<number> {
  for (;;) {
    try {
      return await statusOf(url);
    } catch (error) {
      if (Date.now() >= until) throw error;
      await sleep(250);
    }
  }
}

function statusOf(url: string): Promise<number> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // Whose certificate it is does not matter here: nothing is sent to it.
    // An agent of its own, because the global one goes through HTTP_PROXY.
    const sent = request(url, { agent: false, rejectUnauthorized: false, timeout: 10_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", reject);
    sent.end();
  });
}
