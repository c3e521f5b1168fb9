import { leaveFigures } from "../engine/stack-figures.ts";
import { main, readInput } from "../support/main.ts";
import type { RecordDeploymentInput } from "../components/deployment-record.ts";

await main(async () => {
  const { container, ...labels } = await readInput<RecordDeploymentInput>();
  const { image, baseImage, program } = labels;
  const now = Math.floor(Date.now() / 1000);
  await leaveFigures(container, "deployment", {
    stack_version_info: { value: 1, labels: { version: image, ollama: baseImage, program } },
    stack_last_deployment_timestamp_seconds: now,
  });
  await leaveFigures(container, "gate", {
    stack_last_gate_timestamp_seconds: now,
    stack_last_gate_passed: 1,
  });
  process.stdout.write(`The monitoring knows of this deployment\n`);
});
