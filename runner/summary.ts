import type { StackOutputs } from "./outputs.ts";

/** What a person needs to know of a stack that is up: where it serves, how to get a token, and how to check it. */
export function summary(stack: string, { baseUrl, modelName, tokens }: StackOutputs): string {
  const token =
    tokens === undefined
      ? "none is asked for"
      : `npm run clients -s ${stack} -- --token ${Object.keys(tokens)[0] ?? "CLIENT"}`;
  return [
    `${modelName} serves at ${baseUrl}`,
    `Token:   ${token}`,
    `Clients: npm run clients -s ${stack}`,
    `Check:   npm run health -s ${stack}`,
  ].join("\n");
}
