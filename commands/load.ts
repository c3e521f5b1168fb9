import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adviceOf } from "../operations/measure/advice.ts";
import { thinkingModels } from "../operations/measure/api-run.ts";
import { accessOf } from "../operations/measure/client-access.ts";
import { loadPage } from "../operations/measure/load-page.ts";
import { loadPicture } from "../operations/measure/load-plots.ts";
import { loadPlan, type LoadWords } from "../operations/measure/load-options.ts";
import { format, parseRun, type LoadRun } from "../operations/measure/load-run.ts";
import { configFacts, hostFacts, loadedFacts, loadTarget, versionFacts } from "../operations/measure/load-subject.ts";
import { comparisonText, runText } from "../operations/measure/load-text.ts";
import { measureLoad } from "../operations/measure/measure-load.ts";
import { measuredStack } from "../operations/measure/measured-stack.ts";
import { orUnknown, othersAtGateway, othersAtServer, type OwnRequests } from "../operations/measure/other-requests.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { stackLabelsOf } from "../runner/stack-run.ts";
import { fromCaller } from "../support/called-from.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { interruptible } from "../support/interruptible.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { say } from "../support/progress.ts";

await main(async () => {
  const options = parsed();
  const { stack } = options;
  const before = options.compare === undefined ? undefined : await earlierRun(options.compare);
  const { outputs, config } = await measuredStack(stack);
  const plan = loadPlan(options.words, config.ollama.numParallel);
  const access = await accessOf(outputs, config, options.client);
  const { service, client } = access;
  const target = loadTarget(access, options.model);
  const own: OwnRequests = { client, underWay: 0, ended: 0 };
  const look =
    client === undefined
      ? othersAtServer(outputs.readiness.container, own)
      : othersAtGateway(outputs.engine.endpoint, stackLabelsOf(existingStack(stack)), own);
  const lookForOthers = orUnknown(look, say);
  const others = await lookForOthers();
  if (others !== undefined && !options.force)
    throw new Failure(
      `Others are asking (${others}): a run would slow them down, and they would falsify it. ` +
        "Wait until nobody asks, or run it all the same with --force",
      exitStatus.refused,
    );
  const thinks = (await thinkingModels(service, [{ name: target.model, for: ["chat"] }])).length > 0;
  const question = { ...target, answerTokens: plan.answerTokens, thinks };
  const facts = configFacts(config, target, client);
  const { sharedPrefix, force } = options;
  const work = { service, question, plan, contextLength: facts.contextLength, sharedPrefix, own, lookForOthers, force };
  const began = new Date().toISOString();
  const measured = await interruptible((stop) => measureLoad(work, stop));
  const seen = {
    format,
    began,
    stack,
    client: client ?? null,
    model: target.model,
    version: await versionFacts(service, config),
    host: await hostFacts(outputs.engine.endpoint),
    config: facts,
    loaded: await loadedFacts(service, target.model),
    method: {
      seconds: plan.seconds,
      answerTokens: plan.answerTokens,
      sharedPrefix,
      sloFirstToken: plan.slo.firstToken,
      sloTokens: plan.slo.tokens,
    },
    ...measured,
  } as const;
  const run: LoadRun = { ...seen, steps: [...seen.steps], advice: [...adviceOf({ ...seen, steps: [...seen.steps] })] };
  process.stdout.write(runText(run));
  if (before !== undefined) process.stdout.write(comparisonText(before, run));
  await writeRun(options.out ?? fromCaller(`load-${stack}-${began.slice(0, 19).replaceAll(":", "")}`), run);
  if (run.cut !== null) throw new Failure(`The run was cut short: ${run.cut}`, exitStatus.refused);
});

async function writeRun(folder: string, run: LoadRun): Promise<void> {
  const files = {
    "load.json": `${JSON.stringify(run, undefined, 2)}\n`,
    "load.svg": loadPicture(run),
    "load.html": loadPage(run),
  };
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  } catch (error) {
    throw new Failure(`The run cannot be written to ${folder} (${reasonOf(error)}): name another folder with --out`);
  }
  process.stdout.write(
    `${Object.keys(files)
      .map((name) => join(folder, name))
      .join("\n")}\n`,
  );
}

async function earlierRun(file: string): Promise<LoadRun> {
  try {
    return parseRun(await readFile(file, "utf8"));
  } catch (error) {
    throw new Failure(
      `--compare got ${file}, which is no run of \`load\`: ${reasonOf(error)}; name the load.json of one`,
      exitStatus.usage,
    );
  }
}

interface Options {
  readonly stack: string;
  readonly client: string | undefined;
  readonly model: string | undefined;
  readonly words: LoadWords;
  readonly sharedPrefix: boolean;
  readonly out: string | undefined;
  readonly compare: string | undefined;
  readonly force: boolean;
}

function parsed(): Options {
  const usage =
    "npm run load -s prod -- [--client NAME] [--model MODEL] [--steps 1,2,4] [--seconds 60] [--prompt short|long|both] " +
    "[--answer-tokens 64] [--shared-prefix] [--slo-ttft 2] [--slo-tokens 5] [--out DIR] [--compare FILE] [--force]";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        client: { type: "string" },
        model: { type: "string" },
        steps: { type: "string" },
        seconds: { type: "string" },
        prompt: { type: "string" },
        "answer-tokens": { type: "string" },
        "slo-ttft": { type: "string" },
        "slo-tokens": { type: "string" },
        "shared-prefix": { type: "boolean", default: false },
        out: { type: "string" },
        compare: { type: "string" },
        force: { type: "boolean", default: false },
        // Of a closed host; nothing of it is needed here.
        data: { type: "string" },
      },
    },
    usage,
  );
  const path = (name: string | undefined) => (name === undefined ? undefined : fromCaller(name));
  return {
    stack: oneStack(values.stack, positionals, usage),
    client: values.client,
    model: values.model,
    words: values,
    sharedPrefix: values["shared-prefix"],
    out: path(values.out),
    compare: path(values.compare),
    force: values.force,
  };
}
