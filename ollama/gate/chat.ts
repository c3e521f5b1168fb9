import { Failure } from "../../support/failure.ts";
import type { Generation } from "../client.ts";
import { answerTo } from "./answer.ts";
import type { ModelStep } from "./step.ts";

/** How fast an answer was generated. */
export function tokensPerSecond({ eval_count: count = 0, eval_duration: nanoseconds = 0 }: Generation): number {
  return nanoseconds === 0 ? 0 : count / (nanoseconds / 1e9);
}

/** The answer to the prompt is right, and fast enough. */
export const modelGenerates: ModelStep = {
  name: "model generates",
  run: async (client, { model, prompt, pattern, minTokensPerSecond }, signal) => {
    const answer = await answerTo(client, model, prompt, signal);
    const rate = tokensPerSecond(answer);
    const text = JSON.stringify(answer.response);
    if (!new RegExp(pattern).test(answer.response)) {
      throw new Failure(`the answer to ${JSON.stringify(prompt)} was ${text}, which does not match ${pattern}`);
    }
    if (rate < minTokensPerSecond) {
      throw new Failure(`${rate.toFixed(1)} tokens/s, and readiness.minTokensPerSecond is ${minTokensPerSecond}`);
    }
    return ` ${text}, ${rate.toFixed(1)} tokens/s`;
  },
};
