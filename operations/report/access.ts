import type { StackOutputs } from "../../runner/outputs.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { PrometheusAccess } from "./prometheus.ts";

/**
 * Where the Prometheus of a stack is, and its password.
 * @throws Failure that names the key to set where the stack has none
 */
export function prometheusOf(
  { monitoring, monitoringPassword }: Pick<StackOutputs, "monitoring" | "monitoringPassword">,
  stack: string,
): PrometheusAccess {
  if (monitoring === undefined || monitoringPassword === undefined)
    throw new Failure(
      `The stack ${stack} has no monitoring, so nothing was measured: set enabled: true under gemma:monitoring in Pulumi.${stack}.yaml, and bring it up`,
      exitStatus.absent,
    );
  return { url: monitoring.url, user: monitoring.user, password: monitoringPassword };
}
