import { modelsDo } from "../config/model-name.ts";
import type { StackOutputs } from "./outputs.ts";

/** What a person needs to know of a stack that is up: where it serves, how to get a token, and how to check it. */
export function summary(stack: string, { baseUrl, models, tokens }: StackOutputs): string {
  const token =
    tokens === undefined
      ? "none is asked for"
      : `npm run clients -s ${stack} -- --token ${Object.keys(tokens)[0] ?? "CLIENT"}`;
  return [
    `${modelsDo(models, "serve")} at ${baseUrl}`,
    `Token:   ${token}`,
    `Clients: npm run clients -s ${stack}`,
    `Check:   npm run health -s ${stack}`,
  ].join("\n");
}
