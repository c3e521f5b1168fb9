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
  },
  {
    name: "ModelOnCpu",
    severity: "warning",
    expr: 'watcher_fault_active{fault="model-on-cpu"} == 1',
    for: "5m",
    summary: { en: "A model computes on the CPU", ko: "모델이 CPU에서 계산 중이다" },
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
  },
  {
    name: "OutOfMemory",
    severity: "critical",
    expr: "increase(node_vmstat_oom_kill[10m]) > 0",
    for: "0s",
    summary: { en: "A process was killed for want of memory", ko: "메모리 부족으로 프로세스가 종료되었다" },
  },
  {
    name: "HostMemoryLow",
    severity: "warning",
    expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
    for: "10m",
    summary: { en: "The host is short of memory", ko: "호스트 메모리가 부족하다" },
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
  },
  {
    name: "ClockOff",
    severity: "warning",
    expr: "abs(node_timex_offset_seconds) > 1 or (node_timex_sync_status == 0 and node_timex_maxerror_seconds >= 16)",
    for: "1h",
    summary: { en: "The clock is not that of a time server", ko: "시계가 시간 서버와 맞지 않는다" },
  },
];
