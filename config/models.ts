import * as z from "zod";
import { key } from "./about.ts";
import { boolean, decimal, digest, integer, keepAlive, modelName, word } from "./primitives.ts";
import { purposes } from "./purposes.ts";
import { pattern, prompt } from "./readiness.ts";

const ownReadiness = z.strictObject({
  prompt: key(prompt.optional(), {
    en: "Prompt of the gate for this model.",
    ko: "이 모델의 준비 검사에 쓰는 프롬프트.",
    fallback: { en: "`readiness.prompt`", ko: "`readiness.prompt`" },
  }),
  pattern: key(pattern.optional(), {
    en: "Regular expression that its answer must match.",
    ko: "이 모델의 응답이 일치해야 하는 정규식.",
    fallback: { en: "`readiness.pattern`", ko: "`readiness.pattern`" },
  }),
  minTokensPerSecond: key(decimal().optional(), {
    en: "Its least speed of generating, tokens per second.",
    ko: "이 모델의 최소 생성 속도(초당 토큰 수).",
    fallback: { en: "`readiness.minTokensPerSecond`", ko: "`readiness.minTokensPerSecond`" },
  }),
});

const modelKeys = z.strictObject(
  {
    // A copy, as what is said here is not to be said of each name of a model.
    name: key(modelName.clone(), {
      en: "The model, `[namespace/]model:tag`; not `latest`.",
      ko: "모델 이름, `[네임스페이스/]모델:태그`. `latest`는 쓸 수 없다.",
    }),
    digest: key(digest.optional(), {
      en: "sha256 of its manifest, which pins every byte of it; may be left out for a model of `config/models.json`, and with `pull`.",
      ko: "매니페스트의 sha256. 모델의 모든 바이트를 고정한다. `config/models.json`에 있는 모델과 `pull`에서는 생략할 수 있다.",
      fallback: { en: "that of `config/models.json`", ko: "`config/models.json`의 값" },
    }),
    for: key(
      z
        .array(word(purposes), { error: `write a list of ${purposes.join(", ")}` })
        .min(1, `write a list of ${purposes.join(", ")}`)
        .optional(),
      {
        en: "What it is for: `chat`, `embedding`, `vision` (it sees pictures), `audio` (it hears); the gate tries each.",
        ko: "용도: `chat`, `embedding`, `vision`(이미지 입력), `audio`(음성 입력). 준비 검사가 하나씩 확인한다.",
        fallback: {
          en: "that of `config/models.json`, else `[chat]`",
          ko: "`config/models.json`의 값, 없으면 `[chat]`",
        },
      },
    ),
    preload: key(boolean().prefault(false), {
      en: "Whether it is loaded when the stack comes up, and stays in memory; `ollama.maxLoadedModels` has to have room for it.",
      ko: "스택을 올릴 때 적재하고 메모리에 계속 둘지 여부. `ollama.maxLoadedModels`에 그만큼 자리가 있어야 한다.",
    }),
    contextLength: key(integer(256, 4_194_304).optional(), {
      en: "Context of each of its requests, tokens.",
      ko: "이 모델의 요청 하나의 컨텍스트 길이(토큰).",
      fallback: {
        en: "`ollama.contextLength`, or what the model takes if that is less",
        ko: "`ollama.contextLength`. 모델의 한도가 더 작으면 그 한도",
      },
    }),
    keepAlive: key(keepAlive.optional(), {
      en: "How long it stays in memory without a request, from when the stack has loaded it.",
      ko: "스택이 적재한 뒤 요청이 없을 때 메모리에 유지하는 시간.",
      fallback: { en: "`ollama.keepAlive`", ko: "`ollama.keepAlive`" },
    }),
    readiness: key(ownReadiness.prefault({}), {
      en: "What the gate asks of this model in another way than of others.",
      ko: "준비 검사에서 이 모델에만 다르게 적용할 값.",
    }),
  },
  { error: "write a model, for example gemma3n:e4b, or an object with the keys name, digest, for and others" },
);

/** A model as its name alone, or with what it is for and how it is kept. */
const model = z
  .unknown()
  .transform((value) => (typeof value === "string" ? { name: value } : value))
  .pipe(modelKeys);

/** The models of a stack, in the order of their layers. */
export const models = z
  .array(model, { error: "write a list of models, for example [gemma3n:e4b]" })
  .min(1, "write one model at least, for example [gemma3n:e4b]")
  .prefault(["gemma3n:e4b"]);
