import { formatBytes, MiB } from "../../support/units.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

const full = 1024 * MiB;
const nearlyFull = 5 * full;
/** Files that a log, a state and their copies need and more. */
const fewInodes = 1000;

/** Whether disks have room. */
export function examineDisks({ host }: Evidence): Finding[] {
  return host.spaces.flatMap(({ folder, free, freeInodes }): Finding[] => {
    const look = [
      `See what takes it: \`df -h ${folder}\`, \`df -i ${folder}\`, \`docker system df\`, \`du -xsh /var/log/*\``,
      "Old packages go with `--prune`; models that no stack names with `ollama rm` or the volume they are in",
    ];
    if (freeInodes !== null && freeInodes < fewInodes) {
      const found = `The disk of ${folder} has no room for more files`;
      return [{ id: "inodes-short", severity: "error", found, evidence: [`free inodes ${freeInodes}`], advice: look }];
    }
    if (free >= nearlyFull) return [];
    const isFull = free < full;
    const found = `The disk of ${folder} is ${isFull ? "full" : "nearly full"}`;
    const severity = isFull ? "error" : "warning";
    return [
      {
        id: isFull ? "disk-full" : "disk-nearly-full",
        severity,
        found,
        evidence: [`free ${formatBytes(free)}`],
        advice: look,
      },
    ];
  });
}

/** Whether the clock is kept. */
export function examineClock({ host }: Evidence): Finding[] {
  if (host.clockKept !== false) return [];
  return [
    {
      id: "clock-not-synchronised",
      severity: "warning",
      found: "No server keeps the host's clock: certificates and the times of logs depend on it",
      evidence: ["timedatectl show: NTPSynchronized=no"],
      advice: [
        "See what it is: `date`",
        "Name the organisation's time server: `timedatectl status`, /etc/chrony.conf, `chronyc makestep`",
      ],
    },
  ];
}

/** Whether clients take the gateway's certificate. */
export function examineCertificate({ certificate }: Evidence): Finding[] {
  return certificate.map(({ level, found, advice }) => ({
    id: "certificate",
    severity: level === "blocking" ? "error" : "warning",
    found: `The certificate: ${found}`,
    evidence: ["file of gateway.tls.certificate"],
    advice: [advice],
  }));
}
