import { Failure } from "../../support/failure.ts";
import { answerTo } from "./answer.ts";
import { requirePurposes } from "./capabilities.ts";
import { redSquare } from "./red-square.ts";
import type { ModelStep } from "./step.ts";

const question = "What colour is this? Answer with one word.";
// A word of its own: a model that sees nothing may well say "coloured".
const right = /\bred\b/i;

/** The model names the colour of a red square. */
export const modelSees: ModelStep = {
  name: "model sees",
  run: async (client, { model }, signal) => {
    // Some versions take a picture for a model that cannot see, and leave it out.
    await requirePurposes(client, model, ["vision"], signal);
    const { response } = await answerTo(client, model, question, signal, [redSquare().toString("base64")]);
    const text = JSON.stringify(response);
    if (!right.test(response)) {
      throw new Failure(
        `the answer to a red square and ${JSON.stringify(question)} was ${text}, which does not say red`,
      );
    }
    return ` ${text} of a red square`;
  },
};
