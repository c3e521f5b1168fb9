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
    description: {
      en: "Clients wait for longer than they are used to. First look in the panel Waiting in its lane which client has the long queue.",
      ko: "클라이언트가 평소보다 오래 기다린다. 먼저 차례를 기다리는 요청 패널에서 대기열이 긴 클라이언트를 찾는다.",
    },
  },
  {
    name: "ClientRefused",
    severity: "warning",
    // The monitoring itself looks whether a request without a token is refused.
    expr: 'sum by (client) (increase(edge_errors_total{client!="(none)",status=~"4.."}[15m])) > 45',
    for: "15m",
    summary: {
      en: "Requests of {{ $labels.client }} are refused again and again",
      ko: "{{ $labels.client }}의 요청이 계속 거절된다",
    },
    description: {
      en: '{{ printf "%.0f" $value }} within 15 minutes. First look in the panel Refused and failed with which status; 429 is more at once than it may, 401 a token that has ended or is wrong.',
      ko: '15분 동안 {{ printf "%.0f" $value }}개이다. 먼저 거절과 실패 패널에서 상태 코드를 본다. 429는 동시에 허용된 수를 넘은 것이고 401은 토큰의 기한이 지났거나 토큰이 틀린 것이다.',
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
    description: {
      en: "Each time a client waits until it is loaded. First see with ollama ps which models are in memory, and until when.",
      ko: "그때마다 클라이언트가 적재를 기다린다. 먼저 ollama ps로 메모리에 있는 모델과 남은 시간을 본다.",
    },
  },
];
