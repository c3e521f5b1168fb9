import { embeddedStack, imageId, removeTestImages, stack } from "./bundle.ts";
import { haproxyImage, nodeImage, type TestRegistry } from "./fixtures.ts";
import { Project, type StackConfig } from "./project.ts";

/** A stack behind a gateway, as the tests bring it up. */
export interface GatewayProject extends AsyncDisposable {
  readonly project: Project;
  /** Brings the stack up with other keys of the gateway, or of the stack. */
  up(gateway: StackConfig, config?: StackConfig): Promise<{ status: number | null; output: string }>;
  /** Tokens by client. */
  tokens(): Promise<Record<string, string>>;
}

/** Stages the models and prepares a stack behind a gateway on a port of this host, 0 for any; `own` are keys of its own. */
export async function gatewayProject(
  registry: TestRegistry,
  port: number,
  own: StackConfig = {},
): Promise<GatewayProject> {
  const project = await Project.create();
  const config = { ...(await embeddedStack(registry, port)), ...own };
  const gateway: StackConfig = { ...(await gatewayKeys()), drainTimeout: "1m", holdTimeout: "1m" };
  await project.writeStack(stack, { ...config, gateway });
  const staged = await project.run("node", ["commands/stage.ts", stack]);
  if (staged.status !== 0) throw new Error(staged.output);
  await project.createStack(stack);
  return {
    project,
    up: async (keys, more = {}) => {
      await project.writeStack(stack, { ...config, ...more, gateway: { ...gateway, ...keys } });
      return project.up(stack);
    },
    tokens: () => tokensOf(project),
    [Symbol.asyncDispose]: async () => {
      await project.destroy(stack);
      await project.remove();
      await removeTestImages();
    },
  };
}

/** Keys of a gateway with one client, `backend`. */
export async function gatewayKeys(): Promise<StackConfig> {
  const usher = { image: await imageId(nodeImage) };
  return { enabled: true, image: await imageId(haproxyImage), usher, clients: ["backend"] };
}

/** Tokens of the tests' stack by client. */
export async function tokensOf(project: Project): Promise<Record<string, string>> {
  const shown = ["--show-secrets", "--json", "--stack", stack];
  const { stdout } = await project.pulumi(["stack", "output", "tokens", ...shown]);
  return JSON.parse(stdout) as Record<string, string>;
}
