import { z } from "zod";

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
