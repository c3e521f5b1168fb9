import * as pulumi from "@pulumi/pulumi";
import { checkConfig } from "../config/check.ts";
import { readStackFiles } from "../config/stack-files.ts";
import { project } from "./local-state.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";

/** What a stack would declare: every resource by type and name with its inputs, and the outputs. */
export interface Rendering {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
}

type Inputs = Record<string, unknown>;

/** Stand-ins for what only a running engine knows, by resource type. */
const computed: Readonly<Record<string, (name: string, inputs: Inputs) => Inputs>> = {
  "docker:index/remoteImage:RemoteImage": (name) => ({ imageId: `<image ID of ${name}>` }),
  "docker:index/network:Network": (name) => ({ name: `<name of ${name}>` }),
  "docker:index/container:Container": (name, { ports }) => ({
    name: `<name of ${name}>`,
    ports: (ports as Inputs[] | undefined)?.map((port) => ({ external: "<free port>", ...port })),
    networkDatas: [{ ipAddress: `<address of ${name}>` }],
  }),
  "docker:index/volume:Volume": (name) => ({ name: `<name of ${name}>` }),
  "command:local:Command": (name) => ({ stdout: `<stdout of ${name}>` }),
  "random:index/randomPassword:RandomPassword": (name) => ({ result: `<secret of ${name}>` }),
};

/** Whether mocks were handed a secret, which has its value inside. */
function isSecretValue(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && value !== null && pulumi.runtime.specialSigKey in value;
}

/** A command's standard input as the object it is, so that a change shows as the lines that changed. */
function readable(inputs: Inputs): Inputs {
  const { stdin } = inputs;
  const text = isSecretValue(stdin) ? stdin.value : stdin;
  return typeof text === "string" ? { ...inputs, stdin: JSON.parse(text) as unknown } : inputs;
}

/**
 * Runs the program for a stack under Pulumi's own mocks: without its CLI, Docker or a network.
 * @param run - runs the program; a module runs once in a process
 * @throws Failure with the sentences of `up` when the configuration breaks a rule
 */
export async function renderStack(
  stack: string,
  run: () => Promise<{ default: Inputs }> = () => import("../index.ts"),
): Promise<Rendering> {
  const { values, secretKeys } = readStackFiles(stack);
  const { message } = await checkConfig({ values, secretKeys }, stack);
  if (message !== undefined) throw new Failure(message, exitStatus.refused);

  const resources: Record<string, unknown> = {};
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type !== pulumi.runtime.rootPulumiStackTypeName) resources[`${type} ${name}`] = readable(inputs as Inputs);
        const state = { ...(inputs as Inputs), ...computed[type]?.(name, inputs as Inputs) };
        return { id: `<ID of ${name}>`, state };
      },
      call: ({ token }) => {
        throw new Failure(`The program calls ${token}, which cannot be rendered`);
      },
    },
    project,
    stack,
  );
  pulumi.runtime.setAllConfig({ ...values }, [...secretKeys]);
  // The same wherever the checkout is.
  process.env["PULUMI_BACKEND_URL"] = "file:///state";
  let program: Inputs = {};
  // What the program asks of its stack as a whole needs one, whose outputs would lose what is secret in them.
  await pulumi.runtime.runInPulumiStack(async () => {
    ({ default: program } = await run());
  });
  const outputs = await resolved(await withoutSecrets(program));
  await pulumi.runtime.disconnect();
  return { outputs, resources };
}

async function withoutSecrets(values: Inputs): Promise<Inputs> {
  const hidden = Object.entries(values).map(async ([key, value]) => {
    const secret = pulumi.Output.isInstance(value) && (await pulumi.isSecret(value));
    return [key, secret ? "[secret]" : value] as const;
  });
  return Object.fromEntries(await Promise.all(hidden));
}

function resolved(values: Inputs): Promise<Inputs> {
  return new Promise((resolve) => {
    pulumi.output(values).apply(resolve);
  });
}
