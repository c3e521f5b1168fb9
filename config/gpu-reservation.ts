import * as z from "zod";

/** GPUs reserved for a container: none, a number of them (-1 is all), or these. */
export type GpuReservation =
  | { readonly kind: "none" }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "devices"; readonly ids: readonly string[] };

const allowed = "write none, all, a count such as 1, or device=0,2 with indices or UUIDs";

/** Which GPUs the container gets, in the words of `docker run --gpus`. */
export const gpuReservation = z
  .union([z.string(), z.number()], { error: allowed })
  .transform((value, context): GpuReservation => {
    const text = String(value);
    if (text === "none" || text === "0") return { kind: "none" };
    if (text === "all") return { kind: "count", count: -1 };
    if (/^[1-9]\d*$/.test(text)) return { kind: "count", count: Number(text) };
    const ids = /^device=([A-Za-z0-9,:-]+)$/.exec(text)?.[1]?.split(",") ?? [];
    if (ids.length > 0 && ids.every((id) => id !== "") && new Set(ids).size === ids.length)
      return { kind: "devices", ids };
    context.addIssue({ code: "custom", message: allowed, input: value });
    return z.NEVER;
  });

/** A reservation in the words of the key. */
export function gpusText(gpus: GpuReservation): string {
  if (gpus.kind === "none") return "none";
  if (gpus.kind === "devices") return `device=${gpus.ids.join(",")}`;
  return gpus.count < 0 ? "all" : String(gpus.count);
}

/** How nvidia-smi names a GPU. */
export interface NamedGpu {
  /** `0`, or `0:1` for a part of one. */
  readonly index: string;
  readonly uuid: string;
}

/** The GPUs that a container gets, the first ones for a count; undefined stands for a named one that is not there. */
export function reservedGpus<Gpu extends NamedGpu>(
  there: readonly Gpu[],
  gpus: GpuReservation,
): readonly (Gpu | undefined)[] {
  if (gpus.kind === "none") return [];
  if (gpus.kind === "devices") return gpus.ids.map((id) => there.find((gpu) => isNamed(gpu, id)));
  const whole = there.filter(({ index }) => !index.includes(":"));
  return whole.slice(0, gpus.count < 0 ? whole.length : gpus.count);
}

/** The NVIDIA toolkit takes an index, or a UUID from its start on. */
export function isNamed({ index, uuid }: NamedGpu, id: string): boolean {
  return id === index || (/^(GPU|MIG)-/.test(id) && uuid.startsWith(id));
}
