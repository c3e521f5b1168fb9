import { ofClients, quantiles, window, type Page } from "../panel.ts";

/** What each client asks and gets. */
export const clients: Page = {
  id: "clients",
  title: { en: "Clients", ko: "클라이언트" },
  panels: [
    {
      id: "client-requests",
      title: { en: "Requests", ko: "요청" },
      about: { en: "Requests of each client.", ko: "클라이언트별 요청 수." },
      unit: "perSecond",
      needs: "gateway",
      queries: [{ expr: `sum by (client) (rate(usher_requests_total[${window}]))`, legend: "{{client}}" }],
    },
    {
      id: "client-statuses",
      title: { en: "Refused and failed", ko: "거절과 실패" },
      about: {
        en: "Errors that clients got, from the gateway and from behind it; (unknown) sent a wrong token, (none) no token.",
        ko: "게이트웨이와 그 뒤에서 받은 오류. (unknown)은 틀린 토큰을 보냈고 (none)은 토큰을 보내지 않았다.",
      },
      unit: "perSecond",
      needs: "gateway",
      queries: [
        {
          expr: `sum by (client, status) (rate(edge_errors_total[${window}])) > 0`,
          legend: "{{client}} {{status}}",
        },
      ],
    },
    {
      id: "client-first-byte",
      title: { en: "Time to first token", ko: "첫 토큰까지 걸린 시간" },
      about: { en: "What each client waits.", ko: "클라이언트별 대기 시간." },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_first_byte_seconds", "client", ofClients),
    },
    {
      id: "client-between-tokens",
      title: { en: "Time between tokens", ko: "토큰 사이 시간" },
      about: {
        en: "From one token of a streamed answer to the next; a client that reads slowly makes it longer.",
        ko: "스트리밍 응답에서 토큰과 토큰 사이의 시간. 클라이언트가 느리게 읽으면 길어진다.",
      },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_between_tokens_seconds", "client", ofClients),
    },
    {
      id: "client-duration",
      title: { en: "Time of whole answers", ko: "응답 전체 시간" },
      about: { en: "From the request to the last byte.", ko: "요청부터 마지막 바이트까지." },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_duration_seconds", "client", ofClients),
    },
    {
      id: "client-prompts",
      title: { en: "Tokens of prompts", ko: "프롬프트 토큰" },
      about: { en: "Tokens that each client sends.", ko: "클라이언트가 보내는 토큰." },
      unit: "tokensPerSecond",
      needs: "gateway",
      queries: [{ expr: `sum by (client) (rate(usher_prompt_tokens_total[${window}]))`, legend: "{{client}}" }],
    },
    {
      id: "client-answers",
      title: { en: "Tokens of answers", ko: "응답 토큰" },
      about: { en: "Tokens that each client gets.", ko: "클라이언트가 받는 토큰." },
      unit: "tokensPerSecond",
      needs: "gateway",
      queries: [{ expr: `sum by (client) (rate(usher_answer_tokens_total[${window}]))`, legend: "{{client}}" }],
    },
    {
      id: "client-keys",
      title: { en: "Keys that would change the model for all", ko: "모델을 모두에게 바꿀 키" },
      about: {
        en: "Keys that the usher took out of requests or refused, since it was started: the client is to leave them out.",
        ko: "usher가 시작된 뒤로 요청에서 빼거나 거절한 키. 클라이언트가 보내지 않도록 고쳐야 한다.",
      },
      unit: "count",
      needs: "gateway",
      queries: [
        {
          expr: "sum by (client, key, outcome) (usher_disturbing_keys_total)",
          legend: "{{client}} {{key}} {{outcome}}",
        },
      ],
    },
    {
      id: "client-running",
      title: { en: "Running", ko: "처리 중" },
      about: { en: "Requests of each client that are being answered.", ko: "클라이언트별로 처리 중인 요청." },
      unit: "count",
      needs: "gateway",
      queries: [{ expr: "sum by (client) (usher_requests_running)", legend: "{{client}}" }],
    },
    {
      id: "client-waiting",
      title: { en: "Waiting in its lane", ko: "차례를 기다리는 요청" },
      about: {
        en: "Requests beyond those that a client may have answered at a time.",
        ko: "동시에 처리할 수 있는 수를 넘어 기다리는 요청.",
      },
      unit: "count",
      needs: "gateway",
      queries: [
        {
          expr: 'label_replace(haproxy_server_current_queue{job="edge",proxy="lanes"}, "client", "$1", "server", "(.*)")',
          legend: "{{client}}",
        },
      ],
    },
  ],
};
