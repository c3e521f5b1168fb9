import type { Unit } from "../../monitoring/unit.ts";
import type { Text } from "./language.ts";
import type { Prometheus } from "./prometheus.ts";
import { lengthOf, type TimeRange } from "./time-range.ts";

/** One figure of a whole time. */
export interface SummaryRow {
  readonly title: Text;
  /** What is counted, and of which requests. */
  readonly about: Text;
  readonly unit: Unit;
  /** Undefined where nothing was measured. */
  readonly value: number | undefined;
}

interface Question extends Omit<SummaryRow, "value"> {
  /** In Prometheus's language, with `$range` for the length of the time. */
  readonly expression: string;
}

/** The monitoring's own requests are none of the clients'. */
const ofClients = 'job="usher",client!="monitoring"';
const generated = `${ofClients},endpoint=~"/api/generate|/api/chat|/v1/chat/completions|/v1/completions|/v1/messages|/v1/responses"`;
const requests = counted(`usher_requests_total{${ofClients}}`);
/** A client that leaves is no failure of the service. */
const failures = counted(`usher_failures_total{${ofClients},failure!="left"}`);

const questions: readonly Question[] = [
  {
    title: { en: "Availability", ko: "가용률" },
    about: {
      en: "share of the checks from outside that the service answered",
      ko: "외부에서 보낸 확인 요청에 서비스가 응답한 비율",
    },
    unit: "percent",
    expression: '100 * avg(avg_over_time(probe_success{job="reached"}[$range]))',
  },
  {
    title: { en: "Time to first token, p95", ko: "첫 토큰까지 걸린 시간 p95" },
    about: {
      en: "of clients' requests that generate, up to the first byte of the answer; one that does not stream counts whole",
      ko: "클라이언트의 생성 요청에서 응답의 첫 바이트가 올 때까지. 스트리밍하지 않는 요청은 전체 시간으로 계산한다",
    },
    unit: "seconds",
    expression: `histogram_quantile(0.95, sum by (le) (increase(usher_first_byte_seconds_bucket{${generated}}[$range])))`,
  },
  {
    title: { en: "Tokens per second, median", ko: "초당 토큰 수 중앙값" },
    about: { en: "of each answer to a client", ko: "클라이언트가 받은 응답 하나를 기준으로" },
    unit: "tokensPerSecond",
    expression: `histogram_quantile(0.5, sum by (le) (increase(usher_tokens_per_second_bucket{${ofClients}}[$range])))`,
  },
  {
    title: { en: "Requests", ko: "요청 수" },
    about: { en: "of clients, on all endpoints", ko: "클라이언트가 모든 엔드포인트에 보낸 요청" },
    unit: "count",
    expression: requests,
  },
  {
    title: { en: "Failures", ko: "실패한 요청 수" },
    about: {
      en: "requests that the service could not answer as it should; clients that left are not among them",
      ko: "서비스가 제대로 응답하지 못한 요청. 클라이언트가 먼저 연결을 끊은 경우는 제외한다",
    },
    unit: "count",
    // Nothing is counted before the first failure.
    expression: `${failures} or 0 * (${requests})`,
  },
  {
    title: { en: "Tokens generated", ko: "생성한 토큰 수" },
    about: { en: "in answers to clients", ko: "클라이언트가 받은 응답에서" },
    unit: "count",
    expression: counted(`usher_answer_tokens_total{${ofClients}}`),
  },
  {
    title: { en: "Repairs by the watcher", ko: "watcher가 조치한 횟수" },
    about: { en: "models loaded again and restarts of the server", ko: "모델을 다시 로드하거나 서버를 재시작한 횟수" },
    unit: "count",
    expression: counted('watcher_actions_total{action!="none"}'),
  },
];

/**
 * How much counters grew within the time, together.
 *
 * One that came up within it came up with its first count, for `increase` the point where it begins: a single failure would be none.
 */
function counted(counters: string): string {
  const grown = `increase(${counters}[$range])`;
  const first = `(min_over_time(${counters}[$range]) unless last_over_time(${counters}[1d] offset $range))`;
  return `sum((${grown} + ${first}) or ${grown})`;
}

/** Asks for the figures that a service is judged by. */
export function summary(prometheus: Prometheus, range: TimeRange): Promise<SummaryRow[]> {
  return Promise.all(
    questions.map(async ({ expression, ...row }) => {
      const [found] = await prometheus.query(expression.replaceAll("$range", lengthOf(range)), range.end);
      // Prometheus reckons with the ends of the time, and a request is never half a one.
      const value = row.unit === "count" && found !== undefined ? Math.round(found.value) : found?.value;
      return { ...row, value };
    }),
  );
}
