/** Figures, and the alerts that come of them. */
export interface AlertCase {
  readonly about: string;
  readonly alert: string;
  /** One value a minute, as promtool writes them: `0x10` is 0 and ten more. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels of each that fires; `value` is what its text tells. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const fault = (name: string) => `watcher_fault_active{fault="${name}"}`;
const actions = (action: string) => `watcher_actions_total{action="${action}",fault="stuck-runner"}`;
const probe = 'up{job="generation",model="m:1b"}';
const answered = (client: string) => `usher_answer_tokens_total{client="${client}",model="m:1b"}`;
const queue = (proxy: string) => `haproxy_backend_current_queue{job="edge",proxy="${proxy}"}`;
const errors = (status: string, client = "backend") => `edge_errors_total{client="${client}",status="${status}"}`;
const load = 'ollama_generation_load_duration_nanoseconds{model="m:1b"}';
const free = (fstype = "ext4") => `node_filesystem_avail_bytes{fstype="${fstype}",mountpoint="/"}`;
const size = (fstype = "ext4") => `node_filesystem_size_bytes{fstype="${fstype}",mountpoint="/"}`;
const used = 'container_memory_working_set_bytes{name="server"}';
const limit = 'container_spec_memory_limit_bytes{name="server"}';
const certificate = 'probe_ssl_earliest_cert_expiry{job="certificate"}';
const backup = "stack_last_backup_timestamp_seconds";
const deployment = "stack_last_deployment_timestamp_seconds";
const day = 86_400;

/** A fault that the watcher has seen for an hour. */
const seen = (alert: string, name: string, at: string, fires: Readonly<Record<string, string>> = {}): AlertCase => ({
  about: `the watcher sees ${name}`,
  alert,
  series: { [fault(name)]: "1x60" },
  at,
  fires: [{ fault: name, ...fires }],
});

const unseen = (alert: string, name: string): AlertCase => ({
  about: `the watcher sees something else than ${name}`,
  alert,
  series: { [fault(name)]: "0x60", [fault("out-of-memory")]: "1x60" },
  at: "30m",
  fires: [],
});

/** What must be told. */
export const firing: readonly AlertCase[] = [
  {
    about: "nothing has answered for a minute",
    alert: "ServiceDown",
    series: { 'probe_success{job="reached"}': "1x5 0x10" },
    at: "8m",
    fires: [{ job: "reached" }],
  },
  {
    about: "every probe has failed for a quarter of an hour",
    alert: "GenerationFails",
    series: { [probe]: "1x5 0x30", [answered("monitoring")]: "8x40" },
    at: "25m",
    fires: [{ job: "generation", model: "m:1b" }],
  },
  {
    about: "probes fail, and others get answers of another model alone",
    alert: "GenerationFails",
    series: { [probe]: "0x40", 'usher_answer_tokens_total{client="backend",model="n:1b"}': "0+9x40" },
    at: "25m",
    fires: [{ job: "generation", model: "m:1b" }],
  },
  seen("ServerStuck", "not-answering", "2m"),
  seen("ServerStuck", "stuck-runner", "2m"),
  seen("AnswersWrong", "wrong-text", "0m"),
  seen("ModelMissing", "model-missing", "2m"),
  {
    about: "it may do no more, and the fault is still there",
    alert: "WatcherGaveUp",
    series: { [actions("none")]: "0x5 1x30", [fault("stuck-runner")]: "1x40" },
    at: "8m",
    fires: [{ action: "none", fault: "stuck-runner" }],
  },
  {
    about: "it has done so for the first time",
    alert: "WatcherActed",
    series: { [actions("reload")]: "_x5 1x30" },
    at: "8m",
    fires: [{ action: "reload", fault: "stuck-runner" }],
  },
  {
    about: "it may do nothing, from the first fault on",
    alert: "WatcherGaveUp",
    series: { [actions("none")]: "_x5 1x30", [fault("stuck-runner")]: "1x40" },
    at: "8m",
    fires: [{ action: "none", fault: "stuck-runner" }],
  },
  {
    about: "it has started the server again",
    alert: "WatcherActed",
    series: { [actions("restart")]: "0x5 1x30" },
    at: "8m",
    fires: [{ action: "restart", fault: "stuck-runner" }],
  },
  {
    about: "the gate has not passed",
    alert: "GateFailed",
    series: { stack_last_gate_passed: "0x5" },
    at: "1m",
    fires: [{}],
  },
  {
    about: "5 wait for longer than 10 minutes",
    alert: "QueueLong",
    series: { [queue("lanes")]: "3x30", [queue("generating")]: "2x30" },
    at: "12m",
    fires: [{ value: "5" }],
  },
  {
    about: "10 a minute are refused",
    alert: "ClientRefused",
    series: { [errors("429")]: "0+9x60", [errors("403")]: "0+1x60", [errors("429", "web")]: "0+1x60" },
    at: "40m",
    fires: [{ client: "backend", value: "150" }],
  },
  {
    about: "somebody tries out tokens",
    alert: "ClientRefused",
    series: { [errors("401", "(unknown)")]: "0+10x60" },
    at: "40m",
    fires: [{ client: "(unknown)", value: "150" }],
  },
  {
    about: "each probe has to load it",
    alert: "ModelReloads",
    series: { [load]: "9e9x90" },
    at: "70m",
    fires: [{ model: "m:1b" }],
  },
  seen("GpuLost", "gpu-lost", "0m"),
  {
    about: "a GPU has had one",
    alert: "GpuError",
    series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="1"}': "0x5 79x5" },
    at: "7m",
    fires: [{ gpu: "1", value: "79" }],
  },
  seen("ModelOnCpu", "model-on-cpu", "6m"),
  {
    about: "96 of 100 bytes for 10 minutes",
    alert: "MemoryNearLimit",
    series: { [used]: "96x30", [limit]: "100x30" },
    at: "11m",
    fires: [{ name: "server", value: "96%" }],
  },
  {
    about: "the kernel has ended one more",
    alert: "OutOfMemory",
    series: { 'node_vmstat_oom_kill{job="node"}': "3x5 4x20" },
    at: "8m",
    fires: [{ job: "node" }],
  },
  {
    about: "4 of 100 bytes are left for 10 minutes",
    alert: "HostMemoryLow",
    series: { node_memory_MemAvailable_bytes: "4x30", node_memory_MemTotal_bytes: "100x30" },
    at: "11m",
    fires: [{ value: "4%" }],
  },
  {
    about: "a twentieth is left",
    alert: "DiskFull",
    series: { [free()]: "5x30", [size()]: "100x30" },
    at: "11m",
    fires: [{ fstype: "ext4", mountpoint: "/" }],
  },
  {
    about: "a third is left, and 5 hours more will fill it",
    alert: "DiskFull",
    series: { [free()]: "7000-10x600", [size()]: "10000x600" },
    at: "400m",
    fires: [{ fstype: "ext4", mountpoint: "/" }],
  },
  {
    about: "2 s from the time server for an hour",
    alert: "ClockOff",
    series: { node_timex_offset_seconds: "-2x90" },
    at: "61m",
    fires: [{}],
  },
  {
    about: "no time server for so long that the kernel does not know how far it is off",
    alert: "ClockOff",
    series: {
      node_timex_offset_seconds: "0x90",
      node_timex_sync_status: "0x90",
      node_timex_maxerror_seconds: "16x90",
    },
    at: "61m",
    fires: [{}],
  },
  {
    about: "20 days are left",
    alert: "CertificateExpires",
    series: { [certificate]: `${20 * day}x90` },
    at: "61m",
    fires: [{ job: "certificate", value: "19d 22h 59m 0s" }],
  },
  {
    about: "6 days are left",
    alert: "CertificateExpiresSoon",
    series: { [certificate]: `${6 * day}x90` },
    at: "61m",
    fires: [{ job: "certificate", value: "5d 22h 59m 0s" }],
  },
  {
    about: "there was none within a day after the deployment",
    alert: "BackupOld",
    series: { [deployment]: "0x1600" },
    at: "1501m",
    fires: [{ value: "1d 1h 1m 0s" }],
  },
  {
    about: "something was deployed after it, more than a day ago",
    alert: "BackupOld",
    series: { [deployment]: "600x1600", [backup]: "0x1600" },
    at: "1520m",
    fires: [{ value: "1d 1h 10m 0s" }],
  },
  {
    about: "it is older than a week",
    alert: "BackupOld",
    series: { [deployment]: "0x10200", [backup]: "60x10200" },
    at: "10150m",
    fires: [{ value: "7d 1h 9m 0s" }],
  },
  {
    about: "drift has found some",
    alert: "DriftFound",
    series: { stack_drift: "1x5" },
    at: "1m",
    fires: [{}],
  },
  {
    about: "an exporter has not answered for 5 minutes",
    alert: "TargetMissing",
    series: { 'up{job="node"}': "0x20" },
    at: "6m",
    fires: [{ job: "node" }],
  },
  {
    about: "there is an edge and no usher",
    alert: "PartGone",
    series: { 'up{job="edge"}': "1x20", 'up{job="node"}': "1x20" },
    at: "11m",
    fires: [{ job: "usher" }],
  },
  {
    about: "nothing tells of the host",
    alert: "PartGone",
    series: { 'up{job="prometheus"}': "1x20" },
    at: "11m",
    fires: [{ job: "node" }],
  },
  { about: "nothing is wrong", alert: "Watchdog", series: { 'up{job="node"}': "1x20" }, at: "15m", fires: [{}] },
];

/** What must not be told. */
export const silent: readonly AlertCase[] = [
  {
    about: "one probe got lost, or another was not answered",
    alert: "ServiceDown",
    series: { 'probe_success{job="reached"}': "1x5 0 1x10", 'probe_success{job="certificate"}': "0x30" },
    at: "7m",
    fires: [],
  },
  {
    about: "one probe in a quarter of an hour was answered",
    alert: "GenerationFails",
    series: { [probe]: "0x15 1 0x5" },
    at: "20m",
    fires: [],
  },
  {
    about: "it waits behind others, who get their answers",
    alert: "GenerationFails",
    series: { [probe]: "0x40", [answered("backend")]: "0+9x40" },
    at: "30m",
    fires: [],
  },
  {
    about: "only the first of a new stack has failed",
    alert: "GenerationFails",
    series: { [probe]: "0 _x20" },
    at: "4m",
    fires: [],
  },
  unseen("ServerStuck", "stuck-runner"),
  unseen("AnswersWrong", "wrong-text"),
  unseen("ModelMissing", "model-missing"),
  {
    about: "what it gave up is gone",
    alert: "WatcherGaveUp",
    series: { [actions("none")]: "0x5 1x30", [fault("stuck-runner")]: "1x6 0x30" },
    at: "10m",
    fires: [],
  },
  {
    about: "it only told, and acted long ago",
    alert: "WatcherActed",
    series: { [actions("none")]: "0x5 1x60", [actions("restart")]: "0x5 1x60" },
    at: "40m",
    fires: [],
  },
  { about: "it has passed", alert: "GateFailed", series: { stack_last_gate_passed: "1x5" }, at: "4m", fires: [] },
  {
    about: "4 wait, or more for a moment",
    alert: "QueueLong",
    series: { [queue("lanes")]: "4x9 40x3 4x9", [queue("other")]: "40x30" },
    at: "14m",
    fires: [],
  },
  {
    about: "one in a while, failures of the server, and whether tokens are asked for",
    alert: "ClientRefused",
    series: { [errors("400")]: "0+1x60", [errors("500")]: "0+60x60", [errors("401", "(none)")]: "0+60x60" },
    at: "50m",
    fires: [],
  },
  {
    about: "it was loaded three times in an hour",
    alert: "ModelReloads",
    series: { [load]: "9e9x14 1e7x90" },
    at: "40m",
    fires: [],
  },
  unseen("GpuLost", "gpu-lost"),
  {
    about: "it has had none",
    alert: "GpuError",
    series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="1"}': "0x9" },
    at: "7m",
    fires: [],
  },
  unseen("ModelOnCpu", "model-on-cpu"),
  {
    about: "near it for a while, far from it, and without one",
    alert: "MemoryNearLimit",
    series: {
      [used]: "96x5 90x30",
      [limit]: "100x40",
      'container_memory_working_set_bytes{name="usher"}': "96x40",
      'container_spec_memory_limit_bytes{name="usher"}': "0x40",
    },
    at: "15m",
    fires: [],
  },
  {
    about: "some were before",
    alert: "OutOfMemory",
    series: { node_vmstat_oom_kill: "3x30" },
    at: "20m",
    fires: [],
  },
  {
    about: "6 of 100 bytes are left",
    alert: "HostMemoryLow",
    series: { node_memory_MemAvailable_bytes: "6x30", node_memory_MemTotal_bytes: "100x30" },
    at: "20m",
    fires: [],
  },
  {
    about: "a new stack pulls its models",
    alert: "DiskFull",
    series: { [free()]: "3900-20x30 3300x200", [size()]: "10000x300" },
    at: "60m",
    fires: [],
  },
  {
    about: "a medium for installing is always full",
    alert: "DiskFull",
    series: { [free("iso9660")]: "0x30", [size("iso9660")]: "100x30" },
    at: "20m",
    fires: [],
  },
  {
    about: "half a second, and a time server that answers",
    alert: "ClockOff",
    series: {
      node_timex_offset_seconds: "0.5x90",
      node_timex_sync_status: "1x90",
      node_timex_maxerror_seconds: "16x90",
    },
    at: "80m",
    fires: [],
  },
  {
    about: "31 days are left",
    alert: "CertificateExpires",
    series: { [certificate]: `${31 * day}x90` },
    at: "80m",
    fires: [],
  },
  {
    about: "8 days are left",
    alert: "CertificateExpiresSoon",
    series: { [certificate]: `${8 * day}x90` },
    at: "80m",
    fires: [],
  },
  {
    about: "it is of the day after the deployment, and 6 days old",
    alert: "BackupOld",
    series: { [deployment]: "0x9000", [backup]: "3600x9000" },
    at: "8700m",
    fires: [],
  },
  {
    about: "something was deployed half a day ago",
    alert: "BackupOld",
    series: { [deployment]: "600x900" },
    at: "720m",
    fires: [],
  },
  {
    about: "none, and where it could not look",
    alert: "DriftFound",
    series: { stack_drift: "0x5 2x5" },
    at: "8m",
    fires: [],
  },
  {
    about: "a probe of the generation has failed, and a target for 3 minutes",
    alert: "TargetMissing",
    series: { [probe]: "0x30", 'up{job="edge"}': "1x5 0x3 1x20" },
    at: "9m",
    fires: [],
  },
  {
    about: "a stack has no gateway",
    alert: "PartGone",
    series: { 'up{job="node"}': "1x30" },
    at: "20m",
    fires: [],
  },
];

const node = {
  'up{job="node"}': "1x1300",
  'up{job="prometheus"}': "1x1300",
  'up{job="ollama"}': "1x1300",
  [probe]: "1x1300",
  'probe_success{job="reached"}': "1x1300",
  [load]: "3e9 5e6x1300",
  [free()]: "60x1300",
  [size()]: "100x1300",
  node_vmstat_oom_kill: "0x1300",
  node_memory_MemAvailable_bytes: "50x1300",
  node_memory_MemTotal_bytes: "100x1300",
  node_timex_offset_seconds: "0.001x1300",
  node_timex_sync_status: "1x1300",
  node_timex_maxerror_seconds: "0.1x1300",
  [deployment]: "0x1300",
  stack_last_gate_passed: "1x1300",
};

/** Stacks of which there is nothing to tell in their first day. */
export const healthy: readonly Pick<AlertCase, "about" | "series">[] = [
  { about: "a new stack without a gateway, a watcher and GPUs", series: node },
  {
    about: "a new stack with all of them",
    series: {
      ...node,
      'up{job="edge"}': "1x1300",
      'up{job="usher"}': "1x1300",
      'up{job="watcher"}': "1x1300",
      'DCGM_FI_DEV_XID_ERRORS{gpu="0"}': "0x1300",
      [certificate]: `${365 * day}x1300`,
      [queue("lanes")]: "0x1300",
      'up{job="edge-errors"}': "1x1300",
      [errors("429")]: "0x1300",
      [errors("401", "(none)")]: "0+8x1300",
      [fault("stuck-runner")]: "0x1300",
      [fault("gpu-lost")]: "0x1300",
      [actions("none")]: "0x1300",
      [actions("restart")]: "0x1300",
      [used]: "50x1300",
      [limit]: "100x1300",
    },
  },
];
