import type { StackLabels } from "../../engine/stack-labels.ts";
import { gatherDocker, type DockerFacts } from "./docker-facts.ts";
import { gatherHost, type HostFacts } from "./host-facts.ts";
import { gatherNvidia, type NvidiaFacts } from "./nvidia-facts.ts";
import { gatherPort, type PortFacts } from "./port-facts.ts";
import { spaceAt, type Space } from "./space-facts.ts";
import { softly } from "./ask.ts";
import { gatherCertificate, type CertificateFacts } from "./certificate-facts.ts";
import type { CertificateFiles } from "../../gateway/examine-certificate.ts";

/** What the preflight knows about a host; null stands for what could not be found out. */
export interface Facts {
  readonly host: HostFacts;
  readonly docker: DockerFacts;
  /** Where Docker puts the images it loads. */
  readonly imageSpace: Space | null;
  /** Where the package unpacks what it runs with. */
  readonly dataSpace: Space | null;
  readonly port: PortFacts;
  readonly nvidia: NvidiaFacts;
  /** Null when none is needed, or it could not be looked at. */
  readonly certificate: CertificateFacts | null;
}

/** What to look at beside the host itself. */
export interface Question {
  readonly dataFolder: string;
  /** Where the service is to be published; port 0 for any free one. */
  readonly address: string;
  readonly port: number;
  /** Labels of the stack whose containers may have the port. */
  readonly labels: StackLabels;
  /** Certificate of the gateway; null when it needs none. */
  readonly certificate: CertificateFiles | null;
}

/** Gathers the facts of this host; never rejects, and speaks to Docker and no one else. */
export async function gatherFacts({ dataFolder, address, port, labels, certificate }: Question): Promise<Facts> {
  const asked = gatherDocker();
  const [host, docker, imageSpace, dataSpace, tried, nvidia, examined] = await Promise.all([
    gatherHost(),
    asked,
    asked.then(({ imageFolder }) => (imageFolder === null ? null : spaceAt(imageFolder))),
    spaceAt(dataFolder),
    gatherPort(address, port, labels),
    gatherNvidia(),
    certificate === null ? null : softly(gatherCertificate(certificate)),
  ]);
  return { host, docker, imageSpace, dataSpace, port: tried, nvidia, certificate: examined };
}
