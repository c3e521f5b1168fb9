import { window, type Page } from "../panel.ts";

/** The machine that it runs on. */
export const host: Page = {
  id: "host",
  title: { en: "Host and GPU", ko: "호스트와 GPU" },
  panels: [
    {
      id: "containers",
      title: { en: "Memory of containers against their limits", ko: "컨테이너 메모리와 제한" },
      about: {
        en: "At 100 a container is killed.",
        ko: "100이 되면 컨테이너가 강제 종료된다.",
      },
      unit: "percent",
      needs: "watcher",
      queries: [
        {
          expr: "100 * container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0)",
          legend: "{{name}}",
        },
      ],
    },
    {
      id: "memory",
      title: { en: "Memory of the host", ko: "호스트 메모리" },
      about: { en: "What is in use, and what there is.", ko: "사용량과 전체." },
      unit: "bytes",
      queries: [
        { expr: "node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes", legend: "in use" },
        { expr: "node_memory_MemTotal_bytes", legend: "all" },
      ],
    },
    {
      id: "oom",
      title: { en: "Processes killed for memory", ko: "메모리 부족으로 종료된 프로세스" },
      about: { en: "Each is a service that broke off.", ko: "하나하나가 서비스 중단이다." },
      unit: "count",
      queries: [{ expr: "increase(node_vmstat_oom_kill[1h])", legend: "host" }],
    },
    {
      id: "cpu",
      title: { en: "CPU", ko: "CPU" },
      about: { en: "Share of all CPUs that is at work.", ko: "전체 CPU 사용률." },
      unit: "percent",
      queries: [
        {
          expr: `100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[${window}])))`,
          legend: "host",
        },
      ],
    },
    {
      id: "disk",
      title: { en: "Free disk", ko: "남은 디스크" },
      about: { en: "Of each file system.", ko: "파일 시스템별." },
      unit: "bytes",
      queries: [
        {
          expr: 'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs"}',
          legend: "{{mountpoint}}",
        },
      ],
    },
    {
      id: "clock",
      title: { en: "Clock", ko: "시계" },
      about: {
        en: "How far the clock is from that of its time server, as the kernel knows it.",
        ko: "커널이 아는, 시간 서버와의 차이.",
      },
      unit: "seconds",
      queries: [{ expr: "abs(node_timex_offset_seconds)", legend: "offset" }],
    },
    {
      id: "gpu",
      title: { en: "GPU at work", ko: "GPU 사용률" },
      about: { en: "Share of the time in which a GPU computes.", ko: "GPU가 계산 중인 시간의 비율." },
      unit: "percent",
      needs: "gpu",
      queries: [
        { expr: "DCGM_FI_DEV_GPU_UTIL", legend: "GPU {{gpu}}" },
        { expr: "100 * nvidia_smi_utilization_gpu_ratio", legend: "{{uuid}}" },
      ],
    },
    {
      id: "gpu-memory",
      title: { en: "Memory of GPUs", ko: "GPU 메모리" },
      about: { en: "What is in use.", ko: "사용 중인 메모리." },
      unit: "bytes",
      needs: "gpu",
      queries: [
        { expr: "DCGM_FI_DEV_FB_USED * 1048576", legend: "GPU {{gpu}}" },
        { expr: "nvidia_smi_memory_used_bytes", legend: "{{uuid}}" },
      ],
    },
    {
      id: "gpu-temperature",
      title: { en: "Temperature of GPUs", ko: "GPU 온도" },
      about: { en: "Above about 85 °C a card slows down.", ko: "약 85 °C를 넘으면 속도를 낮춘다." },
      unit: "celsius",
      needs: "gpu",
      queries: [
        { expr: "DCGM_FI_DEV_GPU_TEMP", legend: "GPU {{gpu}}" },
        { expr: "nvidia_smi_temperature_gpu", legend: "{{uuid}}" },
      ],
    },
    {
      id: "gpu-errors",
      title: { en: "Last XID error of GPUs", ko: "GPU의 마지막 XID 오류" },
      about: {
        en: "0 is none; the driver's documentation says what a number means.",
        ko: "0이면 없음. 번호의 뜻은 드라이버 문서에 있다.",
      },
      unit: "none",
      needs: "gpu",
      queries: [{ expr: "DCGM_FI_DEV_XID_ERRORS", legend: "GPU {{gpu}}" }],
    },
  ],
};
