import type { GatewayStatus } from "../components/gateway.ts";
import type { MonitoringStatus } from "../components/monitoring.ts";
import type { GateInput } from "../components/readiness-gate.ts";
import type { ServedModel } from "../components/served-models.ts";
import type { Engine } from "../engine/engine.ts";
import { currentReadiness } from "../ollama/gate.ts";

/** Outputs of a stack that other programs read; those of the gateway only where there is one. */
export interface StackOutputs {
  /** Base URL for clients on this host. */
  readonly baseUrl: string;
  readonly models: readonly ServedModel[];
  /** The image of the server by name; stacks of the first version have none. */
  readonly imageIdentity?: string;
  readonly readiness: GateInput;
  /** Where the stack's containers are. */
  readonly engine: Engine;
  /** Token of every client by its name. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly gatewayStatus?: GatewayStatus;
  /** Where its monitoring is; only where there is one. */
  readonly monitoring?: MonitoringStatus;
  /** Password for it. */
  readonly monitoringPassword?: string;
}

/** Outputs of versions that served one model. */
interface EarlierOutputs {
  readonly modelName: string;
  readonly modelDigest: string;
}

/** The outputs of a stack, whatever version has brought it up; one that never came up has none. */
export function currentOutputs(
  outputs: Partial<StackOutputs> | (Partial<StackOutputs> & EarlierOutputs),
): StackOutputs {
  const { readiness } = outputs;
  const current = { ...outputs, ...(readiness && { readiness: { ...readiness, ...currentReadiness(readiness) } }) };
  if (!("modelName" in current)) return current as StackOutputs;
  const { modelName: name, modelDigest: digest, ...others } = current;
  return { ...others, models: [{ name, digest, for: ["chat"] }] } as StackOutputs;
}
