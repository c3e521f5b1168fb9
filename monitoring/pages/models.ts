import { ofClients, quantiles, window, type Page } from "../panel.ts";

/** What each model does and where it lies. */
export const models: Page = {
  id: "models",
  title: { en: "Models", ko: "모델" },
  panels: [
    {
      id: "model-tokens-per-second",
      title: { en: "Tokens per second of an answer", ko: "응답 하나의 초당 토큰 수" },
      about: { en: "How fast each model writes.", ko: "모델별 생성 속도." },
      unit: "tokensPerSecond",
      needs: "gateway",
      queries: quantiles("usher_tokens_per_second", "model", ofClients),
    },
    {
      id: "model-first-byte",
      title: { en: "Time to first token", ko: "첫 토큰까지 걸린 시간" },
      about: { en: "What clients wait for each model.", ko: "모델별 대기 시간." },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_first_byte_seconds", "model", ofClients),
    },
    {
      id: "model-between-tokens",
      title: { en: "Time between tokens", ko: "토큰 사이 시간" },
      about: {
        en: "From one token of a streamed answer to the next; above about 0.2 s people read faster than it writes.",
        ko: "스트리밍 응답에서 토큰과 토큰 사이의 시간. 약 0.2초를 넘으면 읽는 속도보다 느리다.",
      },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_between_tokens_seconds", "model", ofClients),
    },
    {
      id: "model-generation-between-tokens",
      title: { en: "Time between tokens of the small generation", ko: "소량 생성의 토큰 사이 시간" },
      about: {
        en: "From one token of the small generation to the next, on a server that may be busy.",
        ko: "소량 생성에서 토큰과 토큰 사이의 시간. 서버가 바쁘면 길어진다.",
      },
      unit: "seconds",
      queries: [
        {
          expr: "ollama_generation_eval_duration_nanoseconds / ollama_generation_eval_count / 1e9",
          legend: "{{model}}",
        },
      ],
    },
    {
      id: "model-requests",
      title: { en: "Requests", ko: "요청" },
      about: { en: "Requests for each model.", ko: "모델별 요청 수." },
      unit: "perSecond",
      needs: "gateway",
      queries: [{ expr: `sum by (model) (rate(usher_requests_total{model!=""}[${window}]))`, legend: "{{model}}" }],
    },
    {
      id: "model-generation",
      title: { en: "Small generation", ko: "소량 생성" },
      about: {
        en: "Time for a few tokens, as a client: all of it, and what of it was loading.",
        ko: "클라이언트로서 토큰 몇 개를 생성하는 시간. 전체와 그중 적재 시간.",
      },
      unit: "seconds",
      queries: [
        { expr: "ollama_generation_total_duration_nanoseconds / 1e9", legend: "{{model}}" },
        { expr: "ollama_generation_load_duration_nanoseconds / 1e9", legend: "{{model}} loading" },
      ],
    },
    {
      id: "model-memory",
      title: { en: "In memory", ko: "메모리에 있는 모델" },
      about: {
        en: "What each loaded model takes; none of it is a model that is not loaded.",
        ko: "적재된 모델이 차지하는 메모리. 선이 없으면 적재되지 않은 모델이다.",
      },
      unit: "bytes",
      queries: [{ expr: "ollama_loaded_model_size_bytes", legend: "{{model}}" }],
    },
    {
      id: "model-gpu-share",
      title: { en: "Share on the GPU", ko: "GPU에 있는 비율" },
      about: {
        en: "Below 100 a part of the model computes on the CPU, many times slower.",
        ko: "100보다 낮으면 모델 일부가 CPU에서 계산되어 훨씬 느리다.",
      },
      unit: "percent",
      queries: [{ expr: "100 * ollama_loaded_model_vram_bytes / ollama_loaded_model_size_bytes", legend: "{{model}}" }],
    },
    {
      id: "model-context",
      title: { en: "Context", ko: "컨텍스트" },
      about: { en: "Tokens that a loaded model takes.", ko: "적재된 모델이 받는 토큰 수." },
      unit: "count",
      queries: [{ expr: "ollama_loaded_model_context_length", legend: "{{model}}" }],
    },
  ],
};
