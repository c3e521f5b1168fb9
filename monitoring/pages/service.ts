import { ofClients, quantiles, window, type Page } from "../panel.ts";

/** Whether the service is there and how fast it is. */
export const service: Page = {
  id: "service",
  title: { en: "Service", ko: "서비스" },
  panels: [
    {
      id: "available",
      title: { en: "Available", ko: "가용률" },
      about: {
        en: "Share of the checks from outside that were answered; below 100 clients are not served.",
        ko: "외부에서 보낸 확인 요청에 응답한 비율. 100보다 낮으면 서비스가 끊긴 것이다.",
      },
      unit: "percent",
      queries: [{ expr: `100 * avg_over_time(probe_success{job="reached"}[${window}])`, legend: "available" }],
    },
    {
      id: "first-byte",
      title: { en: "Time to first token", ko: "첫 토큰까지 걸린 시간" },
      about: {
        en: "From a client's request to the first byte of its answer, waiting included.",
        ko: "클라이언트의 요청부터 응답의 첫 바이트까지. 대기 시간을 포함한다.",
      },
      unit: "seconds",
      needs: "gateway",
      queries: quantiles("usher_first_byte_seconds", "", ofClients),
    },
    {
      id: "tokens-per-second",
      title: { en: "Tokens per second of an answer", ko: "응답 하나의 초당 토큰 수" },
      about: { en: "How fast a client reads an answer.", ko: "클라이언트가 받는 응답의 속도." },
      unit: "tokensPerSecond",
      needs: "gateway",
      queries: quantiles("usher_tokens_per_second", "", ofClients),
    },
    {
      id: "tokens",
      title: { en: "Tokens per second of all answers", ko: "전체 초당 토큰 수" },
      about: { en: "What the server reads and writes in all.", ko: "서버가 읽고 생성하는 토큰의 합." },
      unit: "tokensPerSecond",
      needs: "gateway",
      queries: [
        { expr: `sum(rate(usher_prompt_tokens_total[${window}]))`, legend: "prompts" },
        { expr: `sum(rate(usher_answer_tokens_total[${window}]))`, legend: "answers" },
      ],
    },
    {
      id: "requests",
      title: { en: "Answers of the gateway", ko: "게이트웨이의 응답" },
      about: {
        en: "By kind of status: 4xx are refused, 5xx are failures.",
        ko: "상태 코드별 응답 수. 4xx는 거절, 5xx는 실패이다.",
      },
      unit: "perSecond",
      needs: "gateway",
      queries: [
        {
          expr: `sum by (code) (rate(haproxy_frontend_http_responses_total{job="edge",proxy="edge"}[${window}]))`,
          legend: "{{code}}",
        },
      ],
    },
    {
      id: "queue",
      title: { en: "Running and waiting", ko: "처리 중인 요청과 대기 중인 요청" },
      about: {
        en: "A queue that does not get shorter needs more slots or another server.",
        ko: "대기열이 줄지 않으면 동시 처리 수를 늘리거나 서버를 더 두어야 한다.",
      },
      unit: "count",
      needs: "gateway",
      queries: [
        { expr: "sum(usher_requests_running)", legend: "running" },
        {
          expr: 'sum(haproxy_backend_current_queue{job="edge",proxy=~"lanes|generating"})',
          legend: "waiting",
        },
      ],
    },
    {
      id: "failures",
      title: { en: "Failures", ko: "실패" },
      about: {
        en: "Requests that ended otherwise than they should, whatever their status was.",
        ko: "상태 코드와 관계없이 제대로 끝나지 못한 요청.",
      },
      unit: "perSecond",
      needs: "gateway",
      queries: [
        { expr: `sum by (failure) (rate(usher_failures_total{${ofClients}}[${window}]))`, legend: "{{failure}}" },
      ],
    },
    {
      id: "watcher",
      title: { en: "Faults and repairs", ko: "장애와 조치" },
      about: { en: "What the watcher saw, and what it did.", ko: "watcher가 발견한 장애와 조치." },
      unit: "count",
      needs: "watcher",
      queries: [
        { expr: "sum by (fault) (increase(watcher_faults_total[1h]))", legend: "{{fault}}" },
        { expr: 'sum by (action) (increase(watcher_actions_total{action!="none"}[1h]))', legend: "{{action}}" },
      ],
    },
  ],
};
