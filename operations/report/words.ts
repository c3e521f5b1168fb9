import type { Text } from "./language.ts";

/** What the page says besides figures. */
export const words = {
  report: { en: "Report", ko: "보고서" },
  stack: { en: "Stack", ko: "스택" },
  version: { en: "Version", ko: "버전" },
  unknown: { en: "not recorded", ko: "기록되지 않음" },
  models: { en: "Models", ko: "모델" },
  time: { en: "Time", ko: "기간" },
  zone: { en: "time zone", ko: "시간대" },
  contents: { en: "Contents", ko: "목차" },
  summary: { en: "Summary", ko: "요약" },
  figure: { en: "Figure", ko: "지표" },
  value: { en: "Value", ko: "값" },
  notMeasured: { en: "not measured", ko: "측정되지 않음" },
  alerts: { en: "Alerts", ko: "경보" },
  firing: { en: "Firing now", ko: "지금 발생 중인 경보" },
  noneFiring: { en: "No alert fires now.", ko: "지금 발생 중인 경보가 없다." },
  fired: { en: "Fired and over", ko: "발생했다가 해제된 경보" },
  noneFired: { en: "No other alert fired in this time.", ko: "이 기간에 발생했다가 해제된 경보가 없다." },
  alert: { en: "Alert", ko: "경보" },
  severity: { en: "Severity", ko: "심각도" },
  since: { en: "Since", ko: "시작" },
  last: { en: "Last seen", ko: "마지막 확인" },
  whatToDo: { en: "What to do", ko: "조치 방법" },
  runbooks: { en: "Runbooks of these alerts", ko: "경보별 런북" },
  more: { en: "lines with smaller figures are left out", ko: "개의 선은 값이 더 작아 생략했다" },
  noFigures: { en: "No figures", ko: "지표 없음" },
  private: {
    en: "Made from the figures of the stack's own Prometheus. It holds names of models and clients, and no prompts, answers or tokens; it loads nothing from anywhere.",
    ko: "스택의 Prometheus가 모은 지표로 만들었다. 모델과 클라이언트의 이름은 들어 있지만 프롬프트, 응답, 토큰은 들어 있지 않으며, 외부에서 아무것도 불러오지 않는다.",
  },
} as const satisfies Readonly<Record<string, Text>>;
