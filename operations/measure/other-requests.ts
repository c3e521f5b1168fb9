import { docker } from "../../engine/docker.ts";
import { nameOf, ownContainers, runningContainers } from "../../engine/own-containers.ts";
import type { StackLabels } from "../../engine/stack-labels.ts";
import { reasonOf } from "../../support/failure.ts";

/** What a run itself has sent, so that it is told from what others send. */
export interface OwnRequests {
  readonly client: string | undefined;
  underWay: number;
  ended: number;
}

/** Tells who else asks, for people; undefined when nobody does. */
export type LookForOthers = () => Promise<string | undefined>;

/** Port of the usher's figures in its container. */
const figuresPort = 9465;
/** The client with which the stack's own monitoring asks now and then. */
const probing = "monitoring";
/** How long before a run a request counts as traffic of now where nobody tells what is under way, milliseconds. */
const recent = 30_000;

/** Looks at the requests that the ushers of a stack are at, beside those of a run itself. */
export function othersAtGateway(engine: string, labels: StackLabels, own: OwnRequests): LookForOthers {
  return async () => {
    const before = own.underWay;
    const counts = await runningRequests(engine, labels);
    // Between two looks some of the run's own may have ended or begun.
    const mine = Math.max(before, own.underWay);
    const others = [...counts].flatMap(([client, count]) => {
      const foreign = client === own.client ? count - mine : client === probing ? 0 : count;
      return foreign > 0 ? [`${client} ${foreign}`] : [];
    });
    return others.length === 0 ? undefined : `requests under way, by client: ${others.join(", ")}`;
  };
}

async function runningRequests(engine: string, labels: StackLabels): Promise<ReadonlyMap<string, number>> {
  const own = ownContainers(await runningContainers(engine), labels);
  const ushers = own.map(nameOf).filter((name) => name.startsWith("usher-container-"));
  const texts = await Promise.all(ushers.map(figuresOf));
  const counts = new Map<string, number>();
  for (const [client, count] of texts.flatMap(runningIn)) counts.set(client, (counts.get(client) ?? 0) + count);
  return counts;
}

/** Through the container's own fetch: its network is open to nobody else. */
async function figuresOf(container: string): Promise<string> {
  const script =
    `fetch("http://127.0.0.1:${figuresPort}/metrics").then((answer) => answer.text())` +
    `.then((text) => console.log(text.split("\\n").filter((line) => line.startsWith("usher_requests_running{")).join("\\n")))`;
  return docker("exec", container, "node", "-e", script);
}

/** Clients with requests under way, from the figures of an usher. */
export function runningIn(figures: string): [client: string, count: number][] {
  return [...figures.matchAll(/^usher_requests_running\{client="([^"]*)"\} (\d+)$/gm)].map(([, client = "", count]) => [
    client,
    Number(count),
  ]);
}

/**
 * Looks at the requests that a server without a gateway has written into its log, beside those of a run itself.
 * @param before - how far back the first look goes, milliseconds
 */
export function othersAtServer(container: string, own: OwnRequests, before = recent): LookForOthers {
  let since = new Date(Date.now() - before);
  let logged = 0;
  // What is there before a run is of others at once.
  let earlier = before > 0 ? Infinity : 0;
  return async () => {
    const until = new Date();
    const range = ["--since", since.toISOString(), "--until", until.toISOString()];
    logged += answeredIn(await docker("logs", ...range, container));
    since = until;
    // An answer of the run's own may be in the log before it has come; one of others is there at the next look as well.
    const more = logged - own.ended;
    const foreign = Math.min(more, earlier);
    earlier = more;
    if (foreign <= 0) return undefined;
    return `${foreign} ${foreign === 1 ? "request" : "requests"} more in the server's log than this run has sent`;
  };
}

/** How many requests to models a part of Ollama's log tells of. */
export function answeredIn(log: string): number {
  return log.match(/^\[GIN\].* POST +"\/(api\/(generate|chat|embed|embeddings)|v1\/[a-z/]+)"$/gm)?.length ?? 0;
}

/** As a look, with undefined also where nobody can tell; says once why. */
export function orUnknown(look: LookForOthers, say: (line: string) => void): LookForOthers {
  let told = false;
  return async () => {
    try {
      return await look();
    } catch (error) {
      if (!told) say(`Whether others ask meanwhile cannot be seen: ${reasonOf(error)}`);
      told = true;
      return undefined;
    }
  };
}
