import type { Alert } from "../alert.ts";

/** What clients notice. */
export const serviceAlerts: readonly Alert[] = [
  {
    name: "ServiceDown",
    severity: "critical",
    expr: 'probe_success{job="reached"} == 0',
    for: "1m",
    summary: { en: "The service does not answer", ko: "서비스가 응답하지 않는다" },
    description: {
      en: "Clients get nothing, or 503. First run doctor; it names the container that is not as it should be.",
      ko: "클라이언트는 응답을 받지 못하거나 503을 받는다. 먼저 doctor를 실행해 문제가 있는 컨테이너를 찾는다.",
    },
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
    description: {
      en: "No client has got an answer of it either. First run test-api, and read what it says of this model.",
      ko: "클라이언트도 이 모델의 응답을 받지 못했다. 먼저 test-api를 실행해 이 모델에 대한 내용을 본다.",
    },
  },
  {
    name: "ServerStuck",
    severity: "critical",
    expr: 'watcher_fault_active{fault=~"not-answering|stuck-runner"} == 1',
    for: "1m",
    summary: { en: "The server is stuck: {{ $labels.fault }}", ko: "서버가 멈췄다: {{ $labels.fault }}" },
    description: {
      en: "Clients wait. First let the watcher mend it, which takes minutes; when it gives up, write a support bundle and start the server again.",
      ko: "클라이언트가 기다린다. 먼저 watcher의 조치를 몇 분 기다리고, watcher가 포기하면 지원 번들을 만든 뒤 서버를 다시 시작한다.",
    },
  },
  {
    name: "AnswersWrong",
    severity: "critical",
    expr: 'watcher_fault_active{fault="wrong-text"} == 1',
    for: "0s",
    summary: { en: "The model answers with text that is none", ko: "모델이 올바르지 않은 텍스트를 생성한다" },
    description: {
      en: "Clients get these answers. First let the watcher load the model again; when the text stays wrong, start the host again.",
      ko: "클라이언트가 이런 응답을 받는다. 먼저 watcher가 모델을 다시 적재하기를 기다리고, 그래도 올바르지 않으면 호스트를 다시 시작한다.",
    },
  },
  {
    name: "ModelMissing",
    severity: "critical",
    expr: 'watcher_fault_active{fault="model-missing"} == 1',
    for: "1m",
    summary: { en: "The server has lost a model", ko: "서버에서 모델이 사라졌다" },
    description: {
      en: "Clients of it get 404. First look for errors of the disk; then remove the server's container and deploy again.",
      ko: "이 모델을 쓰는 클라이언트는 404를 받는다. 먼저 디스크 오류가 있는지 보고, 서버의 컨테이너를 지운 뒤 다시 배포한다.",
    },
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
    description: {
      en: 'The fault is still there, and nothing mends it by itself. First read the last line of its log that has "action":"none".',
      ko: '장애가 아직 있고 저절로 해결되지 않는다. 먼저 watcher 로그에서 "action":"none"이 있는 마지막 줄을 읽는다.',
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
    description: {
      en: "Nothing is to be done the first time. When {{ $labels.fault }} comes back each day, its runbook says what it comes from.",
      ko: "처음이라면 할 일이 없다. {{ $labels.fault }}이(가) 매일 되풀이되면 런북에서 원인을 찾는다.",
    },
  },
  {
    name: "GateFailed",
    severity: "warning",
    expr: "stack_last_gate_passed == 0",
    for: "0s",
    summary: { en: "The last health check failed", ko: "마지막 상태 점검이 실패했다" },
    description: {
      en: "The server was not fit to serve when it was last looked at. First run health: its message names the step and what to do.",
      ko: "마지막 점검 때 서버가 서비스할 수 없는 상태였다. 먼저 health를 실행한다. 메시지에 실패한 단계와 조치가 있다.",
    },
  },
];

/** Those of some counters that have risen; the first rise of one that was not there is none to `increase`. */
function newOf(counters: string): string {
  return `${counters} - (${counters} offset 15m or 0 * ${counters}) > 0`;
}
