import * as z from "zod";
import { MiB } from "../support/units.ts";
import { key } from "./about.ts";
import { environmentVariables } from "./environment.ts";
import { origin } from "./origin.ts";
import { boolean, duration, integer, keepAlive, sizeMiB, word } from "./primitives.ts";

const flag = (on: boolean) => (on ? "1" : undefined);

/** Tuning of the server; every key is the camel-cased name of the variable it sets. */
export const ollama = z.strictObject({
  origins: key(
    z.array(origin, { error: "write a list of origins, for example [http://localhost:8080]" }).prefault([]),
    {
      en: "Origins of web pages that may call the server, beside those on localhost; with a gateway these alone.",
      ko: "서버를 호출할 수 있는 웹 페이지의 origin. localhost는 항상 허용되며, 게이트웨이가 있으면 여기에 적은 것만 허용된다.",
      variable: "OLLAMA_ORIGINS",
      write: (origins: readonly string[]) => (origins.length > 0 ? origins.join(",") : undefined),
    },
  ),
  numParallel: key(integer(1, 256).prefault(1), {
    en: "Requests that a model answers at once; each has its own share of the KV cache.",
    ko: "모델 하나가 동시에 처리하는 요청 수. 요청마다 KV 캐시를 따로 차지한다.",
    variable: "OLLAMA_NUM_PARALLEL",
  }),
  maxLoadedModels: key(integer(1, 256).prefault(1), {
    en: "Models kept in memory at once.",
    ko: "메모리에 동시에 올려 두는 모델 수.",
    variable: "OLLAMA_MAX_LOADED_MODELS",
  }),
  keepAlive: key(keepAlive.prefault("5m"), {
    en: "How long an idle model stays in memory; `0` unloads it at once, `-1s` keeps it for ever.",
    ko: "요청이 없을 때 모델을 메모리에 유지하는 시간. `0`이면 바로 내리고 `-1s`이면 계속 유지한다.",
    variable: "OLLAMA_KEEP_ALIVE",
  }),
  // Ollama takes room for all of them when it starts.
  maxQueue: key(integer(1, 65_536).prefault(512), {
    en: "Requests that may wait for a model to load.",
    ko: "모델 적재를 기다릴 수 있는 요청 수.",
    variable: "OLLAMA_MAX_QUEUE",
  }),
  loadTimeout: key(duration.prefault("5m"), {
    en: "How long loading a model may show no progress.",
    ko: "모델 적재가 진행되지 않을 때 기다리는 시간.",
    variable: "OLLAMA_LOAD_TIMEOUT",
  }),
  // Times numParallel it has 31 bits in the runner.
  contextLength: key(integer(256, 4_194_304).prefault(8192), {
    en: "Context of each request, tokens.",
    ko: "요청 하나의 컨텍스트 길이(토큰).",
    variable: "OLLAMA_CONTEXT_LENGTH",
  }),
  // More the runner does not take (GGML_MAX_N_THREADS of llama.cpp).
  threads: key(integer(1, 512).optional(), {
    en: "CPU threads for generating; without a CPU limit, and on Ollama before 0.30 with `embedded`, Ollama's choice.",
    ko: "생성에 쓰는 CPU 스레드 수. CPU 제한이 없거나 0.30 이전 Ollama에서 `embedded`를 쓰면 Ollama가 정한다.",
    variable: "LLAMA_ARG_THREADS",
    fallback: { en: "whole CPUs of `cpus`", ko: "`cpus`의 정수 부분" },
  }),
  flashAttention: key(word(["auto", "on", "off"]).prefault("auto"), {
    en: "Flash attention: `auto`, `on` or `off`.",
    ko: "플래시 어텐션: `auto`, `on`, `off`.",
    variable: "OLLAMA_FLASH_ATTENTION",
    write: (value: "auto" | "on" | "off") => ({ auto: undefined, on: "1", off: "0" })[value],
  }),
  kvCacheType: key(word(["f16", "q8_0", "q4_0"]).prefault("f16"), {
    en: "Precision of the KV cache: `f16`, `q8_0` (half the memory) or `q4_0` (a quarter).",
    ko: "KV 캐시 정밀도: `f16`, `q8_0`(메모리 절반), `q4_0`(4분의 1).",
    variable: "OLLAMA_KV_CACHE_TYPE",
    // Left out at its default because Ollama passes any value on, also without flash attention.
    write: (type: string) => (type === "f16" ? undefined : type),
  }),
  cacheRam: key(sizeMiB.prefault("512m"), {
    en: "Prompt cache of each runner in host memory; the runner's own default is 8 GiB.",
    ko: "러너마다 호스트 메모리에 두는 프롬프트 캐시 크기. 러너 자체의 기본값은 8 GiB이다.",
    variable: "LLAMA_ARG_CACHE_RAM",
  }),
  gpuOverhead: key(sizeMiB.prefault("0"), {
    en: "Memory left free on every GPU.",
    ko: "GPU마다 비워 두는 메모리.",
    variable: "OLLAMA_GPU_OVERHEAD",
    write: (size: number) => (size > 0 ? String(size * MiB) : undefined),
  }),
  noCloud: key(boolean().prefault(true), {
    en: "Whether to keep the server from calling ollama.com.",
    ko: "서버가 ollama.com에 접속하지 않게 할지 여부.",
    variable: "OLLAMA_NO_CLOUD",
    write: flag,
  }),
  debug: key(boolean().prefault(false), {
    en: "Ollama's debug log.",
    ko: "Ollama 디버그 로그.",
    variable: "OLLAMA_DEBUG",
    write: flag,
  }),
  env: key(environmentVariables.prefault({}), {
    en: "Further variables of the server, for example `HTTPS_PROXY`; those that a key sets or that would break it are refused.",
    ko: "서버에 넘길 그 밖의 환경 변수. 예: `HTTPS_PROXY`. 다른 키가 정하는 변수와 서버를 망가뜨리는 변수는 거부한다.",
  }),
});
