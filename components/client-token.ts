import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { secretLengthFor, tokenOf, userName, type Account } from "../gateway/client.ts";

/** Arguments of {@link ClientToken}. */
export interface ClientTokenArgs {
  readonly client: string;
  /** Number of the token that is wanted; the next number is another token. */
  readonly rotation: number;
  /** How long the token before it still works once there is a new one, seconds. */
  readonly overlap: number;
}

/** The token of one client, and for a while the one before it; no other client's token depends on it. */
export class ClientToken extends pulumi.ComponentResource {
  /** What the client sends, secret. */
  public readonly token: pulumi.Output<string>;
  /** What the gateway needs to recognise it, secret. */
  public readonly accounts: pulumi.Output<Account[]>;

  constructor(name: string, args: ClientTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ClientToken", name, {}, opts);
    const current = secretOf(name, args.client, args.rotation, this);
    const accounts = [accountOf(current, null)];
    if (args.rotation > 1) {
      // The same resource that was the current one before, so that its token stays what it was.
      const previous = secretOf(name, args.client, args.rotation - 1, this);
      const expires = rotatedAt(name, args.rotation, this).apply((seconds) => seconds + args.overlap);
      accounts.push(accountOf(previous, expires));
    }
    this.token = current.token;
    this.accounts = pulumi.secret(pulumi.all(accounts));
    this.registerOutputs({ token: this.token });
  }
}

function secretOf(name: string, client: string, number: number, parent: pulumi.Resource) {
  const user = userName(client, number);
  const password = new random.RandomPassword(
    `${name}-${number}`,
    { length: secretLengthFor(user), special: false, keepers: { rotation: String(number) } },
    { parent },
  );
  const token = pulumi.secret(password.result.apply((secret) => tokenOf(user, secret)));
  return { user, token, hash: password.bcryptHash };
}

function accountOf(
  { user, hash }: { user: string; hash: pulumi.Output<string> },
  expires: pulumi.Input<number | null>,
): pulumi.Output<Account> {
  return pulumi.all([hash, expires]).apply(([known, end]) => ({ user, hash: known, expires: end }));
}

/** When a token became the current one, seconds since 1970. */
function rotatedAt(name: string, rotation: number, parent: pulumi.Resource): pulumi.Output<number> {
  const clock = new command.local.Command(`${name}-rotated`, { create: "date +%s", triggers: [rotation] }, { parent });
  return clock.stdout.apply(Number);
}
