import type { GatewayStatus } from "../components/gateway.ts";
import type { GateInput } from "../components/readiness-gate.ts";
import type { Engine } from "../engine/engine.ts";

/** Outputs of a stack that other programs read; those of the gateway only where there is one. */
export interface StackOutputs {
  /** Base URL for clients on this host. */
  readonly baseUrl: string;
  readonly modelName: string;
  /** The image of the server by name; stacks of the first version have none. */
  readonly imageIdentity?: string;
  readonly readiness: GateInput;
  /** Where the stack's containers are. */
  readonly engine: Engine;
  /** Token of every client by its name. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly gatewayStatus?: GatewayStatus;
}
