import type { Alert } from "../alert.ts";

const day = 86_400;
const certificateLeft = 'probe_ssl_earliest_cert_expiry{job="certificate"} - time()';

/** What somebody has to see to in time, and the sign that they would be told. */
export const upkeepAlerts: readonly Alert[] = [
  {
    name: "CertificateExpires",
    severity: "warning",
    expr: `${certificateLeft} < ${30 * day}`,
    for: "1h",
    summary: { en: "The gateway's certificate ends within 30 days", ko: "게이트웨이 인증서가 30일 안에 만료된다" },
    description: {
      en: "{{ $value | humanizeDuration }} are left. First ask for a new certificate, or deploy again where the stack makes its own.",
      ko: "{{ $value | humanizeDuration }} 남았다. 먼저 새 인증서를 요청한다. 스택이 인증서를 만드는 방식이면 다시 배포한다.",
    },
  },
  {
    name: "CertificateExpiresSoon",
    severity: "critical",
    expr: `${certificateLeft} < ${7 * day}`,
    for: "1h",
    summary: { en: "The gateway's certificate ends within 7 days", ko: "게이트웨이 인증서가 7일 안에 만료된다" },
    description: {
      en: "{{ $value | humanizeDuration }} are left; then no client connects any more. First put a new certificate in place, today.",
      ko: "{{ $value | humanizeDuration }} 남았고, 그 뒤에는 어느 클라이언트도 연결하지 못한다. 오늘 새 인증서를 넣는다.",
    },
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
    description: {
      en: "The last backup, or the deployment that none holds, is {{ $value | humanizeDuration }} old. First run backup, to a disk of another machine.",
      ko: "마지막 백업 또는 백업되지 않은 배포가 {{ $value | humanizeDuration }} 지났다. 먼저 다른 기계의 디스크로 backup을 실행한다.",
    },
  },
  {
    name: "DriftFound",
    severity: "warning",
    expr: "stack_drift == 1",
    for: "0s",
    summary: { en: "What runs is not what was deployed", ko: "실행 중인 것이 배포한 것과 다르다" },
    description: {
      en: "The next deployment undoes it. First run drift: it lists what differs.",
      ko: "다음 배포가 이를 되돌린다. 먼저 drift를 실행해 다른 점을 본다.",
    },
  },
  {
    name: "TargetMissing",
    severity: "warning",
    expr: 'up{job!="generation"} == 0',
    for: "5m",
    summary: { en: "{{ $labels.job }} tells no figures", ko: "{{ $labels.job }}의 지표를 가져올 수 없다" },
    description: {
      en: "Alerts and panels that need it are blind. First read in Prometheus, Status, Targets, why it does not answer.",
      ko: "이 지표가 필요한 경보와 패널이 동작하지 않는다. 먼저 Prometheus의 Status, Targets에서 응답하지 않는 이유를 본다.",
    },
  },
  {
    name: "PartGone",
    severity: "warning",
    expr: 'absent(up{job="usher"}) and on() up{job="edge"} or absent(up{job="node"})',
    for: "10m",
    summary: { en: "A part of the stack is not there", ko: "스택의 구성 요소가 없다" },
    description: {
      en: "Nobody watches {{ $labels.job }}. First deploy again, which writes the files of the monitoring anew.",
      ko: "{{ $labels.job }}을(를) 보는 곳이 없다. 먼저 다시 배포해 모니터링 파일을 새로 만든다.",
    },
  },
  {
    name: "Watchdog",
    severity: "none",
    expr: "vector(1)",
    for: "0s",
    summary: { en: "Alerts are told", ko: "경보가 전달되고 있다" },
    description: {
      en: "This is no trouble: it is told again and again. When it stops coming, alerts do not come either; first see whether Prometheus and Alertmanager run.",
      ko: "문제가 아니며 되풀이해서 전달된다. 더 오지 않으면 다른 경보도 오지 않는다. 그때는 먼저 Prometheus와 Alertmanager가 실행 중인지 본다.",
    },
  },
];
