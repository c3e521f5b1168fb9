import { tryDocker } from "../engine/docker.ts";
import { earlierUpstream, finishEarlierGateway } from "../engine/earlier-gateway.ts";
import { answersLeft, forgetServer, holdRequests } from "../engine/edge-admin.ts";
import { finishAnswers, holding } from "../engine/finish-answers.ts";
import { main, readInput } from "../support/main.ts";
import { reasonOf } from "../support/failure.ts";
import { say } from "../support/progress.ts";
import type { DrainInput } from "../components/drain.ts";

/** What states have recorded for the time when a container goes; those of earlier versions know a gateway of another kind. */
type RecordedInput = Omit<DrainInput, "drainTimeout"> & {
  readonly drainTimeout?: number;
  readonly drainSeconds?: number;
};

await main(async () => {
  // What is to go has to be able to go, whatever has become of it.
  await drain().catch((error: unknown) => {
    say(`The server goes without a look at its answers: ${reasonOf(error)}`);
  });
});

async function drain(): Promise<void> {
  const { drainSeconds = 0, drainTimeout = drainSeconds, ...input } = await readInput<RecordedInput>();
  if ((await earlierUpstream(input.gateway)) !== undefined) await finishEarlierGateway(input, drainTimeout);
  else if ((await tryDocker("container", "inspect", "--format", "{{.State.Running}}", input.gateway)) === "true")
    await finish(input.gateway, input.upstream.split(":")[0] ?? "", drainTimeout);
}

async function finish(edge: string, usher: string, drainTimeout: number): Promise<void> {
  if (await holdRequests(edge, usher)) say(holding);
  await finishAnswers(async () => (await answersLeft(edge, usher)) === 0, drainTimeout);
  await forgetServer(edge, usher);
}
