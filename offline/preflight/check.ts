import type { GpuReservation } from "../../config/gpu-reservation.ts";

/** What the preflight says about one property of the host. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "blocking";
  readonly found: string;
  readonly needed: string;
  /** What to do; null when the check is ok. */
  readonly advice: string | null;
}

/** What the package and the stack need from the host. */
export interface Needs {
  /** Memory limit of the container, 0 for none. */
  readonly memoryBytes: number;
  readonly modelBytes: number;
  readonly gpus: GpuReservation;
  readonly address: string;
  /** Published port, 0 for any free one. */
  readonly port: number;
  /** What loading the images adds under Docker's folder at its peak, with a storage driver. */
  readonly engineBytes: number;
  /** The same under containerd's folder, with the containerd image store. */
  readonly containerdBytes: number;
  /** What is unpacked in the data folder. */
  readonly dataBytes: number;
  /** Certificate of the gateway on the host; null when it needs none. */
  readonly certificate: string | null;
  /** When the package was made, ISO. */
  readonly created: string;
}

/** How a check ended. */
export type Verdict = Pick<Check, "status" | "found" | "advice">;

/** What was found is in order. */
export const ok = (found: string): Verdict => ({ status: "ok", found, advice: null });

/** The service will run, but not as well or as safely as it could. */
export const warning = (found: string, advice: string): Verdict => ({ status: "warning", found, advice });

/** The service cannot be deployed. */
export const blocking = (found: string, advice: string): Verdict => ({ status: "blocking", found, advice });
