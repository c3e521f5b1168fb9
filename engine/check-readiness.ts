import { OllamaClient } from "../ollama/client.ts";
import { passGate, type Readiness } from "../ollama/gate.ts";
import { withLog } from "./started-server.ts";
import { serverUrl, type ServerPlace } from "./server-url.ts";
import { say, withHeartbeat } from "../support/progress.ts";

/**
 * Runs the readiness gate and says what each step saw.
 * @throws Failure with the step, what was seen, and the container's last log lines
 */
export async function checkReadiness(input: Readiness & ServerPlace): Promise<void> {
  const url = await serverUrl(input);
  await withLog(input.container, () => withHeartbeat("Readiness gate", passGate(new OllamaClient(url), input, say)));
  const names = input.models.map(({ model }) => model);
  process.stdout.write(`${names.join(", ")} ${names.length === 1 ? "is" : "are"} ready at ${url}\n`);
}
