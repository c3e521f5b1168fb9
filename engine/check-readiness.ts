import { OllamaClient } from "../ollama/client.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { passGate, type Readiness } from "../ollama/gate.ts";
import { lastLogLines } from "./docker.ts";
import { serverUrl, type ServerPlace } from "./server-url.ts";
import { say, withHeartbeat } from "../support/progress.ts";

/**
 * Runs the readiness gate and says what each step saw.
 * @throws Failure with the step, what was seen, and the container's last log lines
 */
export async function checkReadiness(input: Readiness & ServerPlace): Promise<void> {
  const url = await serverUrl(input);
  try {
    await withHeartbeat("Readiness gate", passGate(new OllamaClient(url), input, say));
  } catch (error) {
    const log = await lastLogLines(input.container);
    throw new Failure(
      `${reasonOf(error)}\nLast lines of the log of the container ${input.container.slice(0, 12)}:\n${log}`,
    );
  }
  process.stdout.write(`${input.model} is ready at ${url}\n`);
}
