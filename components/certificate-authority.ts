import * as pulumi from "@pulumi/pulumi";
import { issuedOf, type Issued } from "../edge/issued.ts";
import { programCommand } from "./program-command.ts";

/** What {@link CertificateAuthority} sends for its root. */
export interface MakeRootInput {
  /** Common name of the root; 64 characters of it are used. */
  readonly name: string;
  /** Network on which a gateway of an earlier version may be, whose root is taken over. */
  readonly network: string;
}

/** What {@link CertificateAuthority} sends for a certificate. */
export interface IssueCertificateInput {
  readonly root: Issued;
  readonly names: readonly string[];
  /** Another one has it issued again. */
  readonly year: number;
}

/** Arguments of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  /** Common name of its root, which tells users whose it is; 64 characters of it are used. */
  readonly commonName: string;
  /** Host names and addresses by which the gateway is called, one at least. */
  readonly names: readonly string[];
  /** Network on which a gateway of an earlier version may be: clients trust its root already, which is taken over. */
  readonly network: pulumi.Input<string>;
  /**
   * Year of the certificate: an `up` in a later one has it issued again, long before its 825 days are over.
   * @default this year
   */
  readonly year?: number;
}

/** An authority of the gateway's own: a root that is made once and valid for ten years, and the server's certificate. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** What clients are to trust, PEM. */
  public readonly root: pulumi.Output<string>;
  /** The server's certificate, PEM. */
  public readonly certificate: pulumi.Output<string>;
  /** The key of the server's certificate, PEM, secret. */
  public readonly key: pulumi.Output<string>;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:CertificateAuthority", name, {}, opts);
    const made = programCommand<MakeRootInput>(
      `${name}-root`,
      {
        script: "make-root.ts",
        input: { name: args.commonName, network: args.network },
        rerun: false,
        output: "secret",
      },
      // Clients trust the one that is there, whatever made it.
      { parent: this, ignoreChanges: ["*"] },
    );
    const root = made.stdout.apply(issuedOf);
    const { names, year = new Date().getUTCFullYear() } = args;
    const server = programCommand<IssueCertificateInput>(
      `${name}-certificate`,
      { script: "issue-certificate.ts", input: { root, names: [...names], year }, rerun: false, output: "secret" },
      { parent: this },
    );
    const issued = server.stdout.apply(issuedOf);
    this.root = pulumi.unsecret(root.apply(({ certificate }) => certificate));
    this.certificate = pulumi.unsecret(issued.apply(({ certificate }) => certificate));
    this.key = pulumi.secret(issued.apply(({ key }) => key));
    this.registerOutputs({ root: this.root, certificate: this.certificate, key: this.key });
  }
}
