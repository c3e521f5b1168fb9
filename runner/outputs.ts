import type { GatewayStatus } from "../components/gateway.ts";
import type { GateInput } from "../components/readiness-gate.ts";

/** Outputs of a stack that other programs read; those of the gateway only where there is one. */
export interface StackOutputs {
  /** Base URL for clients on this host. */
  readonly baseUrl: string;
  readonly modelName: string;
  readonly readiness: GateInput;
  /** Token of every client by its name. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly gatewayStatus?: GatewayStatus;
}
