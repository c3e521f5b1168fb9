import * as z from "zod";

/** What the preflight says about one property of the host. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "blocking";
  readonly found: string;
  readonly needed: string;
  /** What to do; null when the check is ok. */
  readonly advice: string | null;
}

const bytes = z.int().nonnegative();

const gpus = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("count"), count: z.int() }),
  z.strictObject({ kind: z.literal("devices"), ids: z.array(z.string()).readonly() }),
]);

/** What the package and the stack need from the host. */
export const needsSchema = z.strictObject({
  /** Memory limit of the container, 0 for none. */
  memoryBytes: bytes,
  modelBytes: bytes,
  /** CPU limit of a container, the greatest one; left out by packages of before. */
  cpus: z.number().nonnegative().optional(),
  gpus,
  /** What the model takes of GPU memory, null for an unknown part; left out where that is unknown altogether, or no GPU is wanted. */
  gpuMemory: z
    .strictObject({
      /** Weights that no GPU may be without. */
      weightsBytes: bytes.nullable(),
      /** All that is known, weights included. */
      totalBytes: bytes,
      /** Whether all of it must lie there. */
      required: z.boolean(),
    })
    .optional(),
  address: z.union([z.ipv4(), z.ipv6()]),
  /** Published port, 0 for any free one. */
  port: z.int().min(0).max(65535),
  /** Subnets of the stack's networks by their keys, null for Docker's choice; left out by packages of before. */
  subnets: z.record(z.string(), z.string().nullable()).optional(),
  /** What loading the images adds to an empty engine at its peak, with a storage driver; see offline/package/missing.ts. */
  engineBytes: bytes,
  /** The same under containerd's folder, with the containerd image store. */
  containerdBytes: bytes,
  /** What is unpacked in an empty data folder. */
  dataBytes: bytes,
  /** Certificate of the gateway on the host; null when it needs none. */
  certificate: z.string().nullable(),
  /** Its key, and the names by which clients call the gateway; left out by packages of before, and with no certificate. */
  tls: z.strictObject({ key: z.string(), hosts: z.array(z.string()).readonly() }).optional(),
  /** When the package was made, ISO. */
  created: z.iso.datetime(),
});

/** What the package and the stack need from the host; see {@link needsSchema}. */
export type Needs = Readonly<z.infer<typeof needsSchema>>;

/** How a check ended. */
export type Verdict = Pick<Check, "status" | "found" | "advice">;

/** What was found is in order. */
export const ok = (found: string): Verdict => ({ status: "ok", found, advice: null });

/** The service will run, but not as well or as safely as it could. */
export const warning = (found: string, advice: string): Verdict => ({ status: "warning", found, advice });

/** The service cannot be deployed. */
export const blocking = (found: string, advice: string): Verdict => ({ status: "blocking", found, advice });
