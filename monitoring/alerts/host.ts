import type { Alert } from "../alert.ts";

// A medium that cannot be written is always full.
const disk = '{fstype!~"tmpfs|overlay|squashfs|erofs|iso9660|udf|ramfs|nsfs|vfat"}';

/** What the machine runs out of. */
export const hostAlerts: readonly Alert[] = [
  {
    name: "GpuLost",
    severity: "critical",
    expr: 'watcher_fault_active{fault="gpu-lost"} == 1',
    for: "0s",
    summary: { en: "The server has lost its GPU", ko: "서버가 GPU를 잃었다" },
    description: {
      en: "Answers come from the CPU, many times slower, or not at all. First see whether nvidia-smi on the host still shows the GPU.",
      ko: "응답이 CPU에서 나와 훨씬 느리거나 나오지 않는다. 먼저 호스트의 nvidia-smi에 GPU가 보이는지 확인한다.",
    },
  },
  {
    name: "GpuError",
    severity: "warning",
    expr: "DCGM_FI_DEV_XID_ERRORS > 0",
    for: "0s",
    summary: {
      en: "GPU {{ $labels.gpu }} has had XID error {{ $value }}",
      ko: "GPU {{ $labels.gpu }}에서 XID 오류 {{ $value }}가 발생했다",
    },
    description: {
      en: "First look whether the service answers; the runbook says which numbers are of the card itself.",
      ko: "먼저 서비스가 응답하는지 본다. 카드 자체의 오류인 번호는 런북에 있다.",
    },
  },
  {
    name: "ModelOnCpu",
    severity: "warning",
    expr: 'watcher_fault_active{fault="model-on-cpu"} == 1',
    for: "5m",
    summary: { en: "A model computes on the CPU", ko: "모델이 CPU에서 계산 중이다" },
    description: {
      en: "It answers many times slower. First see with nvidia-smi whether other programs take the GPU's memory.",
      ko: "응답이 훨씬 느리다. 먼저 nvidia-smi로 다른 프로그램이 GPU 메모리를 쓰는지 본다.",
    },
  },
  {
    name: "MemoryNearLimit",
    severity: "warning",
    expr: "container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0) > 0.95",
    for: "10m",
    summary: {
      en: "{{ $labels.name }} is near its memory limit",
      ko: "{{ $labels.name }}이(가) 메모리 제한에 가깝다",
    },
    description: {
      en: "It is at {{ $value | humanizePercentage }}, and is killed at 100%. First raise its limit in the configuration; for the server, tune proposes a value.",
      ko: "사용량이 {{ $value | humanizePercentage }}이며 100%가 되면 강제 종료된다. 먼저 설정에서 제한을 올린다. 서버의 값은 tune이 제안한다.",
    },
  },
  {
    name: "OutOfMemory",
    severity: "critical",
    expr: "increase(node_vmstat_oom_kill[10m]) > 0",
    for: "0s",
    summary: { en: "A process was killed for want of memory", ko: "메모리 부족으로 프로세스가 종료되었다" },
    description: {
      en: "What it was doing is lost. First see in dmesg which process it was, and whether a container's limit or the host ran out.",
      ko: "그 프로세스가 하던 일은 사라졌다. 먼저 dmesg에서 어느 프로세스인지, 컨테이너의 제한인지 호스트의 메모리인지 본다.",
    },
  },
  {
    name: "HostMemoryLow",
    severity: "warning",
    expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
    for: "10m",
    summary: { en: "The host is short of memory", ko: "호스트 메모리가 부족하다" },
    description: {
      en: "{{ $value | humanizePercentage }} are left. First end what does not belong on the host.",
      ko: "{{ $value | humanizePercentage }} 남았다. 먼저 호스트에 있을 필요가 없는 프로그램을 종료한다.",
    },
  },
  {
    name: "DiskFull",
    severity: "warning",
    expr:
      `node_filesystem_avail_bytes${disk} / node_filesystem_size_bytes${disk} < 0.1 or ` +
      // Models that are just being pulled would seem to fill it within the day.
      `(predict_linear(node_filesystem_avail_bytes${disk}[6h], 86400) < 0 and ` +
      `node_filesystem_avail_bytes${disk} offset 5h and ` +
      `node_filesystem_avail_bytes${disk} / node_filesystem_size_bytes${disk} < 0.4)`,
    for: "10m",
    summary: {
      en: "{{ $labels.mountpoint }} is full, or will be within a day",
      ko: "{{ $labels.mountpoint }} 디스크가 찼거나 하루 안에 찬다",
    },
    description: {
      en: "When it is full, nothing can be deployed and figures end. First remove packages and old backups that are kept elsewhere; do not run docker system prune.",
      ko: "가득 차면 배포할 수 없고 지표가 끊긴다. 먼저 다른 곳에 보관된 패키지와 오래된 백업을 지운다. docker system prune은 실행하지 않는다.",
    },
  },
  {
    name: "ClockOff",
    severity: "warning",
    expr: "abs(node_timex_offset_seconds) > 1 or (node_timex_sync_status == 0 and node_timex_maxerror_seconds >= 16)",
    for: "1h",
    summary: { en: "The clock is not that of a time server", ko: "시계가 시간 서버와 맞지 않는다" },
    description: {
      en: "Tokens and certificates end by it, and logs have its times. First see with timedatectl which time server the host asks.",
      ko: "토큰과 인증서의 기한, 로그의 시각이 이 시계를 따른다. 먼저 timedatectl로 호스트가 어느 시간 서버를 쓰는지 본다.",
    },
  },
];
