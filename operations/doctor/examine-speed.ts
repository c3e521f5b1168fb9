import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** How many loads within the looked-at minutes are too many. */
const manyLoads = 5;

/** Whether models are slower than they have to be, with what may slow them; are loaded again and again; or the queue is full. */
export function examineSpeed({ server, traffic, host }: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const { model, result, tokensPerSecond: rate, minTokensPerSecond: least } of server?.generations ?? []) {
    if (result !== "answered" || rate === undefined || rate >= least) continue;
    const context = server?.loaded.find(({ name }) => name === model)?.context;
    const isBusy = host.load > host.cpus;
    findings.push({
      id: "slow-generation",
      severity: "error",
      found: `${model} is slower than readiness.minTokensPerSecond allows`,
      evidence: [
        `${rate.toFixed(1)} tokens/s, at least ${least}`,
        `load ${host.load.toFixed(1)} on ${host.cpus} CPUs${context === undefined ? "" : `, context ${context} tokens`}`,
      ],
      advice: [
        ...(isBusy
          ? ["Others use the CPUs: `top -o %CPU`, `docker stats --no-stream`; end them, or give them less"]
          : []),
        "Have figures proposed and measured: `npm run tune`; a shorter contextLength, or fewer parallel, is faster",
      ],
    });
  }
  if ((server?.loads ?? 0) >= manyLoads)
    findings.push({
      id: "model-reloads",
      severity: "warning",
      found: "Models are loaded again and again, and every first answer waits for it",
      evidence: [`loads within ${traffic.minutes} minutes: ${server?.loads ?? 0}`],
      advice: [
        "Clients that ask with other options (num_ctx, keep_alive) have a model loaded anew: take these options from them",
        "More models than maxLoadedModels are used in turn: raise it with the memory for it, and keepAlive",
      ],
    });
  return [...findings, ...examineQueue(traffic)];
}

function examineQueue({ minutes, refused, busy, longestWait }: Evidence["traffic"]): Finding[] {
  const clients = Object.entries(refused).filter(([, count]) => count > 0);
  if (clients.length === 0) return [];
  const times = Object.entries(busy).sort(([, one], [, other]) => other - one);
  const [[most, seconds] = ["", 0]] = times;
  return [
    {
      id: "queue-full",
      severity: "warning",
      found: `The gateway has refused requests within the last ${minutes} minutes, as there were too many at once`,
      evidence: [
        ...clients.map(([client, count]) => `${client}: ${count} refused with 429`),
        `longest wait ${longestWait.toFixed(1)} s`,
        ...(most === "" ? [] : [`${most} had the server for ${Math.round(seconds)} s, more than others`]),
      ],
      advice: [
        "Clients are to wait as Retry-After says, and ask again",
        "One that takes all: lower its maxParallel; all of them: raise parallel where there is memory for it (`npm run tune`)",
      ],
    },
  ];
}
