import { join } from "node:path";
import type { StackLabels } from "../../engine/stack-labels.ts";
import { gatherDocker, type DockerFacts } from "./docker-facts.ts";
import { gatherCdi, type CdiSpec } from "./cdi-facts.ts";
import { gatherFigures } from "./figures-facts.ts";
import { gatherHost, type HostFacts } from "./host-facts.ts";
import { gatherNvidia, type NvidiaFacts } from "./nvidia-facts.ts";
import { gatherPort, gatherPorts, type PortFacts, type PublishedPort } from "./port-facts.ts";
import { spaceAt, type Space } from "./space-facts.ts";
import type { Boot } from "../../config/boot.ts";
import type { Networks } from "../../config/host-networks.ts";
import { gatherBoot } from "../../engine/boot.ts";
import { currentEndpoint } from "../../engine/endpoint.ts";
import { gatherNetworks } from "../../engine/networks.ts";
import { softly } from "./ask.ts";
import { gatherCertificate, type CertificateFacts } from "./certificate-facts.ts";
import type { CertificateFiles } from "../../gateway/examine-certificate.ts";

/** What the preflight knows about a host; null stands for what could not be found out. */
export interface Facts {
  readonly host: HostFacts;
  readonly docker: DockerFacts;
  /** Where Docker puts the images it loads. */
  readonly imageSpace: Space | null;
  /** Where Docker puts volumes and logs. */
  readonly volumeSpace: Space | null;
  /** What the figures of the monitoring take there, bytes; 0 for what may not be looked at. */
  readonly figures: number;
  /** Where the package unpacks what it runs with. */
  readonly dataSpace: Space | null;
  readonly port: PortFacts;
  /** Ports of loopback that the stack takes beside that, by their keys. */
  readonly furtherPorts: Readonly<Record<string, PublishedPort>>;
  readonly nvidia: NvidiaFacts;
  /** Specifications of NVIDIA's GPUs in the folders in which Docker looks for them. */
  readonly cdi: readonly CdiSpec[];
  /** Those that others have, and what is there for more; null where Docker does not say. */
  readonly networks: Networks | null;
  readonly boot: Boot;
  /** Null when none is needed, or it could not be looked at. */
  readonly certificate: CertificateFacts | null;
}

/** What to look at beside the host itself. */
export interface Question {
  readonly dataFolder: string;
  /** Where the service is to be published; port 0 for any free one. */
  readonly address: string;
  readonly port: number;
  /** Ports of loopback that the stack takes beside that, by their keys. */
  readonly furtherPorts: Readonly<Record<string, number>>;
  /** Labels of the stack, whose containers may have the port, and whose networks may have its subnets. */
  readonly labels: StackLabels;
  /** Certificate of the gateway; null when it needs none. */
  readonly certificate: CertificateFiles | null;
}

/** Gathers the facts of this host; never rejects, and speaks to Docker and no one else. */
export async function gatherFacts({
  dataFolder,
  address,
  port,
  labels,
  certificate,
  ...question
}: Question): Promise<Facts> {
  const asked = gatherDocker();
  const [host, gpu, imageSpace, volumeSpace, figures, dataSpace, tried, furtherPorts, examined, networks, boot] =
    await Promise.all([
      gatherHost(),
      gatherGpuFacts(asked),
      asked.then(({ imageFolder }) => (imageFolder === null ? null : spaceAt(imageFolder))),
      asked.then(({ rootFolder }) => (rootFolder === null ? null : spaceAt(join(rootFolder, "volumes")))),
      gatherFigures(labels),
      spaceAt(dataFolder),
      gatherPort(address, port, labels),
      gatherPorts(question.furtherPorts, labels),
      certificate === null ? null : softly(gatherCertificate(certificate)),
      softly(currentEndpoint().then((endpoint) => gatherNetworks(endpoint, labels))),
      gatherBoot(),
    ]);
  const spaces = { imageSpace, volumeSpace, dataSpace };
  const ports = { port: tried, furtherPorts };
  return { host, ...gpu, ...spaces, figures, ...ports, certificate: examined, networks, boot };
}

/** What decides whether containers get GPUs. */
export type GpuFacts = Pick<Facts, "docker" | "nvidia" | "cdi">;

/** Gathers what decides whether containers get GPUs; never rejects. */
export async function gatherGpuFacts(asked = gatherDocker()): Promise<GpuFacts> {
  const [docker, nvidia] = await Promise.all([asked, gatherNvidia()]);
  // Afterwards, as nvidia-smi makes devices in /dev that the specifications name.
  return { docker, nvidia, cdi: await gatherCdi(docker.cdiFolders) };
}
