import * as pulumi from "@pulumi/pulumi";

/** A resource as the engine would have been asked for it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a resource was declared with beside its inputs, as far as it matters here. */
export interface DeclaredOptions {
  readonly deleteBeforeReplace?: boolean;
  readonly replaceOnChanges?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly parent: string | undefined;
  /** Classes of the resources it waits for. */
  readonly dependsOn?: readonly string[];
  /** What has it replaced when it is another value. */
  readonly replacementTrigger?: unknown;
}

/** Everything that a program declared: resources in order, and options by `type name`. */
export interface Declared<Result> {
  readonly result: Result;
  readonly resources: readonly Registered[];
  readonly options: Readonly<Record<string, DeclaredOptions>>;
}

type Inputs = Readonly<Record<string, unknown>>;

/** What an engine would add to the inputs. */
const computed: Readonly<Record<string, (inputs: Inputs, name: string) => Inputs>> = {
  "docker:index/remoteImage:RemoteImage": () => ({ imageId: "sha256:base" }),
  "docker:index/network:Network": () => ({ name: "network-1" }),
  "docker:index/container:Container": ({ ports }) => ({
    name: "container-1",
    ports: (ports as Inputs[] | undefined)?.map((port) => ({ external: 49153, ...port })),
    networkDatas: [{ ipAddress: "172.18.0.2" }],
  }),
  "docker:index/volume:Volume": ({ name = "volume-1" }) => ({ name }),
  "command:local:Command": () => ({ stdout: "stdout-1" }),
  "random:index/randomPassword:RandomPassword": (_, name) => ({
    result: `secret of ${name}`,
    bcryptHash: `hash of ${name}`,
  }),
};

/**
 * Runs a piece of program under mocks.
 * @param program - gets the options to hand to the component, which observe what it declares
 * @param more - what an engine would add to the inputs of single resources, by name
 */
export async function declare<Result>(
  program: (options: pulumi.ComponentResourceOptions) => Result,
  more: Readonly<Record<string, Inputs>> = {},
): Promise<Declared<Result>> {
  const resources: Registered[] = [];
  const options: Record<string, DeclaredOptions> = {};
  const triggers: Promise<void>[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, inputs: inputs as Inputs });
        const state = { ...(inputs as Inputs), ...computed[type]?.(inputs as Inputs, name), ...more[name] };
        return { id: `${name}-id`, state };
      },
      call: ({ token }) => {
        throw new Error(`${token} was called`);
      },
    },
    "gemma",
    "test",
  );
  const observe: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    const declared = declaredOptions(opts);
    options[`${type} ${name}`] = declared;
    const trigger: unknown = (opts as pulumi.CustomResourceOptions).replacementTrigger;
    const keep = (replacementTrigger: unknown) => {
      options[`${type} ${name}`] = { ...declared, replacementTrigger };
    };
    if (trigger !== undefined) triggers.push(valueOf(pulumi.output(trigger)).then(keep));
    return undefined;
  };
  const result = program({ transformations: [observe] });
  await pulumi.runtime.disconnect();
  await Promise.all(triggers);
  return { result, resources, options };
}

function declaredOptions(opts: pulumi.CustomResourceOptions): DeclaredOptions {
  const { deleteBeforeReplace, replaceOnChanges, retainOnDelete, parent } = opts;
  const awaited = opts.dependsOn === undefined ? undefined : [opts.dependsOn].flat();
  const dependsOn = awaited?.map((resource) => resource.constructor.name);
  const declared = Object.entries({ deleteBeforeReplace, replaceOnChanges, retainOnDelete, dependsOn });
  const known = declared.filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(known), parent: parent?.constructor.name };
}

/** The value of an output. */
export function valueOf<Value>(output: pulumi.Output<Value>): Promise<Value> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** What a command reads on standard input. */
export function stdinOf({ inputs }: Registered): unknown {
  const { stdin } = inputs;
  return JSON.parse(isSecretValue(stdin) ? stdin.value : (stdin as string));
}

/** Whether an input was handed over as a secret. */
export function isSecretValue(value: unknown): value is { readonly value: string } {
  return typeof value === "object" && value !== null && pulumi.runtime.specialSigKey in value;
}

/** The only resource of a name; fails when there is none or more than one. */
export function named(resources: readonly Registered[], name: string): Registered {
  return single(
    resources.filter((resource) => resource.name === name),
    `the name ${name}`,
  );
}

/** The only resource of a type; fails when there is none or more than one. */
export function only(resources: readonly Registered[], type: string): Registered {
  return single(
    resources.filter((resource) => resource.type === type),
    type,
  );
}

function single(resources: readonly Registered[], what: string): Registered {
  const [found, ...more] = resources;
  if (found === undefined || more.length > 0) throw new Error(`${resources.length} resources of ${what}`);
  return found;
}
