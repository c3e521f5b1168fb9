import type { Alert } from "../alert.ts";

/** What clients notice. */
export const serviceAlerts: readonly Alert[] = [
  {
    name: "ServiceDown",
    severity: "critical",
    expr: 'probe_success{job="reached"} == 0',
    for: "1m",
    summary: { en: "The service does not answer", ko: "서비스가 응답하지 않는다" },
  },
  {
    name: "GenerationFails",
    severity: "critical",
    // One that waited for too long behind others, who get their answers, is no failure; nor is the first of a new stack.
    expr:
      'max_over_time(up{job="generation"}[15m]) == 0 and count_over_time(up{job="generation"}[15m]) > 1 ' +
      'unless on(model) sum by (model) (increase(usher_answer_tokens_total{client!="monitoring"}[15m])) > 0',
    for: "1m",
    summary: {
      en: "{{ $labels.model }} has not generated anything for 15 minutes",
      ko: "{{ $labels.model }}이(가) 15분 동안 아무것도 생성하지 못했다",
    },
  },
  {
    name: "ServerStuck",
    severity: "critical",
    expr: 'watcher_fault_active{fault=~"not-answering|stuck-runner"} == 1',
    for: "1m",
    summary: { en: "The server is stuck: {{ $labels.fault }}", ko: "서버가 멈췄다: {{ $labels.fault }}" },
  },
  {
    name: "AnswersWrong",
    severity: "critical",
    expr: 'watcher_fault_active{fault="wrong-text"} == 1',
    for: "0s",
    summary: { en: "The model answers with text that is none", ko: "모델이 올바르지 않은 텍스트를 생성한다" },
  },
  {
    name: "ModelMissing",
    severity: "critical",
    expr: 'watcher_fault_active{fault="model-missing"} == 1',
    for: "1m",
    summary: { en: "The server has lost a model", ko: "서버에서 모델이 사라졌다" },
  },
  {
    name: "WatcherGaveUp",
    severity: "critical",
    expr: `${newOf('watcher_actions_total{action="none"}')} and on(fault) watcher_fault_active == 1`,
    for: "0s",
    summary: {
      en: "The watcher may do no more about {{ $labels.fault }} this hour",
      ko: "watcher가 {{ $labels.fault }}에 대해 이번 시간에 더 조치할 수 없다",
    },
  },
  {
    name: "WatcherActed",
    severity: "warning",
    expr: newOf('watcher_actions_total{action!="none"}'),
    for: "0s",
    summary: {
      en: "The watcher did a {{ $labels.action }} because of {{ $labels.fault }}",
      ko: "watcher가 {{ $labels.fault }} 때문에 {{ $labels.action }}을(를) 실행했다",
    },
  },
  {
    name: "GateFailed",
    severity: "warning",
    expr: "stack_last_gate_passed == 0",
    for: "0s",
    summary: { en: "The last health check failed", ko: "마지막 상태 점검이 실패했다" },
  },
];

/** Those of some counters that have risen; the first rise of one that was not there is none to `increase`. */
function newOf(counters: string): string {
  return `${counters} - (${counters} offset 15m or 0 * ${counters}) > 0`;
}
