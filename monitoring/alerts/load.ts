import type { Alert } from "../alert.ts";

/** What clients will notice when there are more of them. */
export const loadAlerts: readonly Alert[] = [
  {
    name: "QueueLong",
    severity: "warning",
    expr: 'sum(haproxy_backend_current_queue{job="edge",proxy=~"lanes|generating"}) > 4',
    for: "10m",
    summary: {
      en: "{{ $value }} requests have been waiting for 10 minutes",
      ko: "10분째 요청 {{ $value }}개가 대기 중이다",
    },
  },
  {
    name: "ClientRefused",
    severity: "warning",
    // The monitoring itself looks whether a request without a token is refused.
    expr: 'sum by (client) (rate(edge_errors_total{client!="(none)",status=~"4.."}[15m])) > 0.05',
    for: "15m",
    summary: {
      en: "Requests of {{ $labels.client }} are refused again and again",
      ko: "{{ $labels.client }}의 요청이 계속 거절된다",
    },
  },
  {
    name: "ModelReloads",
    severity: "warning",
    expr: "sum by (model) (count_over_time((ollama_generation_load_duration_nanoseconds > 1e9)[1h:5m])) > 3",
    for: "0s",
    summary: {
      en: "{{ $labels.model }} is loaded again and again",
      ko: "{{ $labels.model }}이(가) 반복해서 적재된다",
    },
  },
];
