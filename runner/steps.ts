import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { networkType } from "./local-state.ts";

/** A step of an update or a preview, in Pulumi's words. */
export interface Step {
  /** For example `create`, `replace` or `same`. */
  readonly op: string;
  readonly type: string;
  readonly urn: string;
}

/** The steps of an update or a preview, as its events tell them. */
export class Steps {
  readonly #steps: Step[] = [];
  /** When the readiness gate was passed, milliseconds since 1970; undefined when it was not run, or not passed. */
  gatePassed: number | undefined;

  /** Takes an event; handed on by itself. */
  readonly onEvent = ({ resourcePreEvent, resOutputsEvent }: EngineEvent): void => {
    const done = resOutputsEvent?.metadata;
    if (done?.urn.endsWith("::readiness-command") && done.op !== "same") this.gatePassed = Date.now();
    const { op = "", type = "", urn = "" } = resourcePreEvent?.metadata ?? {};
    if (op !== "") this.#steps.push({ op, type, urn });
  };

  /** Whether the readiness gate is run. */
  get gate(): boolean {
    return this.#steps.some(({ op, urn }) => urn.endsWith("::readiness-command") && op !== "same");
  }

  /** Whether a network goes, for good or for another one. */
  get networkGoes(): boolean {
    return this.#steps.some(({ op, type }) => type === networkType && /delete|replace/.test(op));
  }

  /** Whether the server that is there is replaced by another one. */
  get serverReplaced(): boolean {
    return this.#steps.some(({ op, urn }) => urn.endsWith("::ollama-container") && op.includes("replace"));
  }
}
