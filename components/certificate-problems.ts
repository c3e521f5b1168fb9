import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import type { StackConfig } from "../config/schema.ts";
import { examineCertificate } from "../gateway/examine-certificate.ts";
import { isBlocking, sentence, type Finding } from "../gateway/finding.ts";

/** What keeps clients from taking the gateway's certificate; what soon will, or keeps some, is warned of. */
export async function certificateProblems({
  gateway,
  address,
}: Pick<StackConfig, "gateway" | "address">): Promise<Problem[]> {
  const { enabled, tls, hosts } = gateway;
  if (!enabled || tls.mode !== "files" || tls.certificate === undefined) return [];
  const { findings } = await examineCertificate({ certificate: tls.certificate, key: tls.key, hosts, address });
  const [problems, warnings] = [findings.filter(isBlocking), findings.filter((finding) => !isBlocking(finding))];
  for (const finding of warnings) await pulumi.log.warn(sentence(finding));
  return problems.map((finding) => ({ path: pathOf(finding), message: sentence(finding) }));
}

function pathOf({ about }: Finding): readonly string[] {
  return about === "hosts" ? ["gateway", "hosts"] : ["gateway", "tls", about];
}
