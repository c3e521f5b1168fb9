import { OllamaClient } from "../../ollama/client.ts";
import { Failure, reasonOf } from "../../ollama/failure.ts";
import { passGate, type Readiness } from "../../ollama/gate.ts";
import { lastLogLines } from "./docker.ts";
import { serverUrl } from "./server-url.ts";
import { say, withHeartbeat } from "./progress.ts";

/** What {@link ReadinessGate} sends. */
export interface GateInput extends Readiness {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container whose log explains a failure. */
  readonly container: string;
}

/**
 * Runs the readiness gate and says what each step saw.
 * @throws Failure with the step, what was seen, and the container's last log lines
 */
export async function checkReadiness(input: GateInput): Promise<void> {
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
