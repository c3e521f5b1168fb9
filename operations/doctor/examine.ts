import type { Evidence } from "./evidence.ts";
import { examineContainers, examineDeployment, examineEngine, examineNetworks } from "./examine-containers.ts";
import { examineCertificate, examineClock, examineDisks } from "./examine-host.ts";
import { examineMemory } from "./examine-memory.ts";
import { examineGpu, examineServer } from "./examine-server.ts";
import { examineSpeed } from "./examine-speed.ts";
import type { Finding, Symptom } from "./finding.ts";

type Examination = (evidence: Evidence) => Finding[];

/** In the order in which one explains the next. */
const all: readonly Examination[] = [
  ...[examineDeployment, examineMemory, examineContainers, examineNetworks, examineServer, examineGpu, examineSpeed],
  ...[examineDisks, examineClock, examineCertificate],
];

/** Which examinations come first. */
const first: Readonly<Record<Symptom, readonly Examination[]>> = {
  "no-answer": [examineDeployment, examineContainers, examineNetworks, examineServer, examineCertificate],
  "out-of-memory": [examineMemory, examineGpu],
  slow: [examineGpu, examineSpeed, examineServer],
};

/** All that is wrong; what explains a symptom first, and within that what is worse. */
export function examine(evidence: Evidence, symptom?: Symptom): Finding[] {
  const engine = examineEngine(evidence);
  if (engine.length > 0) return engine;
  const leading = symptom === undefined ? [] : first[symptom];
  const rest = all.filter((examination) => !leading.includes(examination));
  return [leading, rest].flatMap((part) => {
    const findings = part.flatMap((examination) => examination(evidence));
    return [...findings.filter(isError), ...findings.filter((finding) => !isError(finding))];
  });
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}
