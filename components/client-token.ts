import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { EdgeToken } from "../edge/policy.ts";
import { recordedEnd } from "../edge/token-end.ts";
import { secretLengthFor, tokenHash, tokenName, tokenOf } from "../edge/token.ts";
import { programCommand } from "./program-command.ts";

/** What {@link ClientToken} sends for the end of a token. */
export interface EndTokenInput {
  /** How long it still works once there is a newer one, seconds. */
  readonly overlap: number;
}

/** Arguments of {@link ClientToken}. */
export interface ClientTokenArgs extends EndTokenInput {
  readonly client: string;
  /** Number of the token that is wanted; the next number is another token. */
  readonly rotation: number;
}

/** The token of one client, and for a while the one before it; no other client's token depends on it. */
export class ClientToken extends pulumi.ComponentResource {
  /** What the client sends, secret. */
  public readonly token: pulumi.Output<string>;
  /** What the edge needs to recognise it, and the one before it, secret. */
  public readonly tokens: pulumi.Output<EdgeToken[]>;

  constructor(name: string, args: ClientTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ClientToken", name, {}, opts);
    const current = secretOf(name, args.client, args.rotation, this);
    const known = [{ token: current, expires: pulumi.output<number | null>(null) }];
    if (args.rotation > 1) {
      // The same resource that was the current one before, so that its token stays what it was.
      const previous = secretOf(name, args.client, args.rotation - 1, this);
      known.push({ token: previous, expires: endOf(name, args, this) });
    }
    this.token = current;
    this.tokens = pulumi.secret(
      pulumi.all(known.map(({ token, expires }) => pulumi.output({ sha256: token.apply(tokenHash), expires }))),
    );
    this.registerOutputs({ token: this.token });
  }
}

function secretOf(name: string, client: string, number: number, parent: pulumi.Resource) {
  const user = tokenName(client, number);
  const password = new random.RandomPassword(
    `${name}-${number}`,
    { length: secretLengthFor(user), special: false, keepers: { rotation: String(number) } },
    { parent },
  );
  return pulumi.secret(password.result.apply((secret) => tokenOf(user, secret)));
}

/** When the token before the current one ends, seconds since 1970. */
function endOf(
  name: string,
  { rotation, overlap }: ClientTokenArgs,
  parent: pulumi.Resource,
): pulumi.Output<number | null> {
  // One of its own for each token, so that what is recorded comes and goes with the token's secret.
  const recorded = programCommand<EndTokenInput>(
    `${name}-${rotation - 1}-end`,
    // Other code is no reason for another end.
    { script: "end-token.ts", input: { overlap }, rerun: false, output: "kept", triggers: [rotation] },
    // In states of earlier versions, which have its moment under the same trigger.
    { parent, aliases: [{ name: `${name}-rotated` }] },
  );
  return recorded.stdout.apply(recordedEnd);
}
