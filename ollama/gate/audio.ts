import { Failure } from "../../support/failure.ts";
import { answerTo } from "./answer.ts";
import { requirePurposes } from "./capabilities.ts";
import type { ModelStep } from "./step.ts";
import { tone } from "./tone.ts";

const question = "What do you hear? Answer in a few words.";

/** The server takes a sound and answers; what it says cannot be judged, as there is no speech to understand. */
export const modelHears: ModelStep = {
  name: "model hears",
  run: async (client, { model }, signal) => {
    await requirePurposes(client, model, ["audio"], signal);
    // Ollama takes a WAV where it takes pictures, and tells them apart by their first bytes.
    const { response } = await answerTo(client, model, question, signal, [tone().toString("base64")]);
    if (response.trim() === "") throw new Failure("the answer to a tone was empty");
    return ` ${JSON.stringify(response)} to a tone; what it says is not judged`;
  },
};
