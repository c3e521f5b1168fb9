import { fileOf, partPorts } from "./layout.ts";

/** Name of the file with the fields that dcgm-exporter tells. */
export const countersFile = "gpu-counters.csv";

/** Fields of DCGM that need no more than to see the GPU; those for profiling need root and CAP_SYS_ADMIN. */
const fields = [
  ["DCGM_FI_DEV_GPU_UTIL", "gauge", "How busy the GPU is (percent)"],
  ["DCGM_FI_DEV_MEM_COPY_UTIL", "gauge", "How busy its memory is (percent)"],
  ["DCGM_FI_DEV_FB_USED", "gauge", "Memory in use (MiB)"],
  ["DCGM_FI_DEV_FB_FREE", "gauge", "Memory that is free (MiB)"],
  ["DCGM_FI_DEV_GPU_TEMP", "gauge", "Temperature (degrees Celsius)"],
  ["DCGM_FI_DEV_MEMORY_TEMP", "gauge", "Temperature of the memory (degrees Celsius)"],
  ["DCGM_FI_DEV_POWER_USAGE", "gauge", "Power (watts)"],
  ["DCGM_FI_DEV_SM_CLOCK", "gauge", "Clock of the processors (MHz)"],
  ["DCGM_FI_DEV_XID_ERRORS", "gauge", "Number of the last XID error"],
  ["DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "counter", "Memory errors that could not be corrected"],
] as const;

/** gpu-counters.csv: what dcgm-exporter tells of each GPU. */
export function countersText(): string {
  return fields.map((field) => `${field.join(", ")}\n`).join("");
}

/** Settings by which dcgm-exporter does without root and listens where nvidia_gpu_exporter does, which reads none of them. */
export const gpuExporterEnvironment: Readonly<Record<string, string>> = {
  DCGM_EXPORTER_LISTEN: `:${partPorts["gpu-exporter"]}`,
  DCGM_EXPORTER_COLLECTORS: fileOf(countersFile),
  // Its start script would write to its program, which is read-only.
  NO_SETCAP: "1",
  NVIDIA_DRIVER_CAPABILITIES: "compute,utility",
};
