import * as z from "zod";
import { key } from "./about.ts";
import { boolean, decimal, positiveSeconds } from "./primitives.ts";

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

export const prompt = z.string({ error: "write the prompt as text" }).min(1, "write the prompt as text");

export const pattern = z
  .string({ error: "write a regular expression, for example Paris" })
  .min(1, "write a regular expression, for example Paris")
  .refine(isRegularExpression, "write a valid regular expression, for example Paris");

/** What the models must do before `up` is done. */
export const readiness = z.strictObject({
  prompt: key(prompt.prefault("The capital of France is"), {
    en: "Prompt of the gate, answered at temperature 0.",
    ko: "준비 검사에 쓰는 프롬프트. temperature 0으로 응답한다.",
  }),
  pattern: key(pattern.prefault("Paris"), {
    en: "Regular expression that the answer must match.",
    ko: "응답이 일치해야 하는 정규식.",
  }),
  timeout: key(positiveSeconds.prefault("5m"), {
    en: "Time for all steps of the gate together.",
    ko: "준비 검사 전체에 주는 시간.",
  }),
  minTokensPerSecond: key(decimal().prefault(1), {
    en: "Least speed of generating, tokens per second.",
    ko: "최소 생성 속도(초당 토큰 수).",
  }),
  requireGpu: key(boolean().prefault(false), {
    en: "Whether all of each model must lie on a GPU.",
    ko: "각 모델 전체가 GPU에 올라가야 하는지 여부.",
  }),
});
