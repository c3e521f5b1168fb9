import { text } from "node:stream/consumers";
import { endpointNames } from "../../config/gateway.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { checksOf, type ApiCheck, type AskedModel } from "./api-checks.ts";
import { errorChecks } from "./api-errors.ts";
import { problemsOf, type Answer } from "./api-judge.ts";
import type { ClientAccess, UsableModel } from "./client-access.ts";
import { send, type Asked, type Service } from "./service.ts";

/** What came of a check. */
export interface ApiResult {
  readonly check: ApiCheck;
  /** undefined where there was no answer. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  /** What is wrong; nothing where all is right. */
  readonly problems: readonly string[];
}

/** All checks of what a client may ask and of what is to be refused, in the order in which they are run. */
export async function apiChecks(access: ClientAccess, thinking: readonly string[]): Promise<readonly ApiCheck[]> {
  const models = access.models.map((model): AskedModel => ({ ...model, thinks: thinking.includes(model.name) }));
  const wanted = endpointNames.filter((endpoint) => access.endpoints.includes(endpoint));
  const checks = await Promise.all(wanted.map((endpoint) => checksOf(endpoint, models)));
  return [...checks.flat(), ...(await errorChecks(access))];
}

/**
 * Runs one check.
 * @param patience - how long its answer may take, seconds
 */
export async function runCheck(
  service: Service,
  check: ApiCheck,
  patience: number,
  stop?: AbortSignal,
): Promise<ApiResult> {
  const started = performance.now();
  const time = AbortSignal.timeout(patience * 1000);
  try {
    const answer = await answerTo(service, check.asked, stop ? AbortSignal.any([stop, time]) : time);
    const milliseconds = performance.now() - started;
    return { check, status: answer.status, milliseconds, problems: problemsOf(answer, check.expected) };
  } catch (error) {
    if (stop?.aborted === true) throw error;
    const problem = time.aborted ? `no whole answer within ${patience} s` : `no whole answer: ${reasonOf(error)}`;
    return { check, status: undefined, milliseconds: performance.now() - started, problems: [problem] };
  }
}

/** Names of the models that think, as far as the client may look at them; one that cannot be looked at does not. */
export async function thinkingModels(service: Service, models: readonly UsableModel[]): Promise<readonly string[]> {
  const found = await Promise.all(
    models.map(async ({ name }) => {
      const asked: Asked = { method: "POST", path: "/api/show", body: JSON.stringify({ model: name }) };
      const { status, body } = await answerTo(service, asked, AbortSignal.timeout(60_000));
      if (status !== 200) return [];
      return (JSON.parse(body) as { capabilities?: string[] }).capabilities?.includes("thinking") ? [name] : [];
    }),
  ).catch((error: unknown) => {
    throw new Failure(`${service.url} does not answer: ${reasonOf(error)}`);
  });
  return found.flat();
}

async function answerTo(service: Service, asked: Asked, signal: AbortSignal): Promise<Answer> {
  const answer = await send(service, asked, signal);
  const type = answer.headers["content-type"] ?? "";
  return { status: answer.statusCode ?? 0, type, body: await text(answer) };
}
