import type { Alert } from "../alert.ts";

const day = 86_400;
const certificateLeft = 'probe_ssl_earliest_cert_expiry{job="certificate"} - time()';

/** What somebody has to see to in time. */
export const upkeepAlerts: readonly Alert[] = [
  {
    name: "CertificateExpires",
    severity: "warning",
    expr: `${certificateLeft} < ${30 * day}`,
    for: "1h",
    summary: { en: "The gateway's certificate ends within 30 days", ko: "게이트웨이 인증서가 30일 안에 만료된다" },
  },
  {
    name: "CertificateExpiresSoon",
    severity: "critical",
    expr: `${certificateLeft} < ${7 * day}`,
    for: "1h",
    summary: { en: "The gateway's certificate ends within 7 days", ko: "게이트웨이 인증서가 7일 안에 만료된다" },
  },
  {
    name: "BackupOld",
    severity: "warning",
    expr:
      `time() - stack_last_backup_timestamp_seconds > ${7 * day} or ` +
      // A deployment changes what a backup holds.
      `(time() - stack_last_deployment_timestamp_seconds > ${day} unless on() ` +
      "(stack_last_backup_timestamp_seconds > on() stack_last_deployment_timestamp_seconds))",
    for: "1h",
    summary: {
      en: "State and passphrase have no backup that is new enough",
      ko: "상태와 암호문의 백업이 없거나 오래되었다",
    },
  },
  {
    name: "DriftFound",
    severity: "warning",
    expr: "stack_drift == 1",
    for: "0s",
    summary: { en: "What runs is not what was deployed", ko: "실행 중인 것이 배포한 것과 다르다" },
  },
  {
    name: "TargetMissing",
    severity: "warning",
    expr: 'up{job!="generation"} == 0',
    for: "5m",
    summary: { en: "{{ $labels.job }} tells no figures", ko: "{{ $labels.job }}의 지표를 가져올 수 없다" },
  },
  {
    name: "PartGone",
    severity: "warning",
    expr: 'absent(up{job="usher"}) and on() up{job="edge"} or absent(up{job="node"})',
    for: "10m",
    summary: { en: "A part of the stack is not there", ko: "스택의 구성 요소가 없다" },
  },
];
