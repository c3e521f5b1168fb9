import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { rotationProblems as problemsOf } from "../config/rotation-rules.ts";
import type { Problem } from "../config/problems.ts";
import type { StackConfig } from "../config/schema.ts";
import { tokenNumber } from "../edge/token.ts";

/** Tells the program, whoever goes back to an earlier version, that clients keep their tokens. */
export const keepTokensVariable = "GEMMA_KEEP_TOKENS";

/** A configuration with the tokens that clients have, where those are newer than it says and whoever runs Pulumi wants them kept. */
export async function withKeptTokens<Config extends Pick<StackConfig, "gateway">>(config: Config): Promise<Config> {
  if (!config.gateway.enabled || !pulumi.runtime.hasEngine() || process.env[keepTokensVariable] !== "1") return config;
  const known = tokenNumbers(await lastTokens());
  const clients = config.gateway.clients.map((client) => ({
    ...client,
    rotation: Math.max(client.rotation, known.get(client.name) ?? 0),
  }));
  const kept = clients.filter(({ rotation }, index) => rotation !== config.gateway.clients[index]?.rotation);
  for (const { name, rotation } of kept)
    await pulumi.log.warn(`${name} keeps its token ${rotation}, which is newer than the one of this configuration`);
  return { ...config, gateway: { ...config.gateway, clients } };
}

/** What would end or revive a token that clients have, going by what the last update that ended well told of the stack. */
export async function rotationProblems(config: Pick<StackConfig, "gateway">): Promise<Problem[]> {
  return config.gateway.enabled ? problemsOf(config, tokenNumbers(await lastTokens())) : [];
}

/** Numbers of the clients' tokens; of a text that is no token of its client there is none. */
function tokenNumbers(tokens: Readonly<Record<string, string>>): Map<string, number> {
  const numbers = Object.entries(tokens).map(([client, token]) => [client, tokenNumber(client, token)] as const);
  return new Map(numbers.filter((known): known is [string, number] => known[1] !== undefined));
}

/** The stack's own output `tokens` of before; none for one that was never brought up, or had no gateway. */
async function lastTokens(): Promise<Record<string, string>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const end = Date.now() + writingTime;
  for (;;) {
    try {
      // What a StackReference asks, which would be a resource of the stack.
      const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
        outputs: { tokens?: Record<string, string> };
      };
      return outputs.tokens ?? {};
    } catch (error) {
      if (!isHalfWritten(error) || Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

/** Milliseconds in which the engine has written down what it has begun, on a slow disk too. */
const writingTime = 10_000;

/** Whether the state could not be read, as the engine, which has begun to run the program, is writing it just then. */
function isHalfWritten(error: unknown): boolean {
  return String(error).includes("failed to load checkpoint");
}
