import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument, visit, isScalar } from "yaml";
import { DataFolder } from "../../offline/host/data-folder.ts";
import { statusOf } from "../../offline/host/status.ts";
import { statusText } from "../../offline/host/status-report.ts";
import { checkHost } from "../../offline/preflight/checks.ts";
import { gatherFacts } from "../../offline/preflight/facts.ts";
import { reportText } from "../../offline/preflight/report.ts";
import { reasonOf } from "../../support/failure.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { asked } from "./ask-host.ts";
import type { BundleFile } from "./archive.ts";
import { removed } from "./scrubber.ts";
import { withoutAnswers } from "./server-log.ts";

/** Keys of the configuration that hold a text for a model, or what it is to answer. */
const texts = ["prompt", "pattern"];

/** A stack's configuration without prompts and encrypted values. */
export function cleanConfiguration(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Pair: (_, { key, value }) => {
      const name = isScalar(key) ? String(key.value) : "";
      if (!isScalar(value)) return;
      if (texts.includes(name)) value.value = removed(name);
      if (name === "secure" || name === "encryptionsalt") value.value = removed("encrypted secret");
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** What is known of the stack: configuration, versions, what doctor and drift find, and on a closed host status and preflight. */
export async function stackFiles(stack: string, data: string | undefined): Promise<BundleFile[]> {
  const configuration = `Pulumi.${stack}.yaml`;
  const text = await readFile(join(projectFolder, configuration), "utf8").catch(reasonOf);
  const where = data === undefined ? [] : ["--data", data];
  const found = async (command: string) =>
    (
      await asked([process.execPath, `commands/${command}.ts`, stack, ...where, "--json"], {
        seconds: 300,
        cwd: projectFolder,
      })
    ).text;
  return [
    {
      path: `stack/${configuration}`,
      text: cleanConfiguration(text),
      about: {
        en: "The stack's configuration, without prompts and encrypted values",
        ko: "스택 구성. 프롬프트와 암호화된 값은 뺐다",
      },
    },
    {
      path: "stack/versions.txt",
      text: await versions(),
      about: { en: "Versions of the program, Node and Pulumi", ko: "프로그램, Node, Pulumi의 버전" },
    },
    {
      path: "stack/doctor.json",
      text: await found("doctor"),
      about: { en: "What doctor finds", ko: "doctor가 찾은 것" },
    },
    {
      path: "stack/drift.json",
      text: await found("drift"),
      about: { en: "What differs from what was deployed", ko: "배포한 것과 달라진 점" },
    },
    ...(data === undefined ? [] : await closedHostFiles(new DataFolder(data))),
  ];
}

async function versions(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8")) as { version: string };
  return `program ${version}\nnode ${process.version}\npulumi ${(await asked(["pulumi", "version"])).text}`;
}

async function closedHostFiles(data: DataFolder): Promise<BundleFile[]> {
  const status = await statusOf(data).then(statusText, reasonOf);
  return [
    {
      path: "stack/status.txt",
      text: status,
      about: { en: "What deploy.sh --status tells", ko: "deploy.sh --status의 결과" },
    },
    {
      path: "stack/preflight.txt",
      text: await preflight(data).catch(reasonOf),
      about: { en: "What the preflight finds on this host", ko: "사전 점검이 이 호스트에서 찾은 것" },
    },
    ...(await runLogs(join(data.path, "logs"))),
  ];
}

async function preflight(data: DataFolder): Promise<string> {
  const current = await data.current();
  if (current === undefined) return "No version serves here\n";
  const { needs, stack } = current.manifest;
  const { address, port, certificate: file, tls } = needs;
  const certificate = file === null ? null : { certificate: file, key: tls?.key, hosts: tls?.hosts ?? [], address };
  const asked = { dataFolder: data.path, address, port, furtherPorts: {}, labels: data.labels(stack), certificate };
  const facts = await gatherFacts(asked);
  // The version is here: nothing of it is missing.
  const nothing = { bytes: 0, inodes: 0, keptBytes: 0, thereBytes: 0 };
  const missing = { engine: nothing, containerd: nothing, data: nothing };
  return reportText(checkHost(facts, needs, { missing, growth: null, hostProcesses: false, memory: null }));
}

async function runLogs(folder: string): Promise<BundleFile[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".log")).sort();
  return Promise.all(
    names.map(async (name) => ({
      path: `runs/${name}`,
      text: withoutAnswers(await readFile(join(folder, name), "utf8").catch(reasonOf)),
      about: { en: "What a deployment, rollback or uninstallation said", ko: "배포, 되돌리기, 제거 실행의 출력" },
      log: true,
    })),
  );
}
