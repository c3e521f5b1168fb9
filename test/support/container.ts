import { must } from "./shell.ts";

/** The parts of `docker inspect` that the tests look at. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly Env: readonly string[]; readonly Healthcheck: { readonly Test: readonly string[] } };
  readonly HostConfig: {
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly MemoryReservation: number;
    readonly NanoCpus: number;
    readonly ShmSize: number;
    readonly RestartPolicy: { readonly Name: string };
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly PortBindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
    readonly DeviceRequests: readonly { readonly DeviceIDs: readonly string[] }[] | null;
  };
}

/** `docker inspect` of a container. */
export async function inspect(container: string, env?: NodeJS.ProcessEnv): Promise<Inspected> {
  const text = await must("docker", ["inspect", container], { env: { ...process.env, ...env } });
  const [found] = JSON.parse(text) as [Inspected];
  return found;
}

/** Names of the containers with a volume, or of all of a test's own engine, running or not. */
export async function containers({ volume, env }: { volume?: string; env?: NodeJS.ProcessEnv }): Promise<string[]> {
  const args = ["ps", "-a", ...(volume ? ["--filter", `volume=${volume}`] : []), "--format", "{{.Names}}"];
  const names = await must("docker", args, { env: { ...process.env, ...env } });
  return names.split("\n").filter((name) => name !== "");
}

/** Writes a file into a container. */
export async function writeInto(container: string, path: string, text: string): Promise<void> {
  await must("docker", ["exec", "-i", container, "sh", "-c", `cat > ${path}`], { input: text });
}

/** Asks the model for a few words at temperature 0. */
export async function ask(url: string, model: string, prompt = "The capital of France is"): Promise<string> {
  const body = JSON.stringify({ model, prompt, stream: false, options: { temperature: 0, num_predict: 16 } });
  const answer = await fetch(`${url}/api/generate`, { method: "POST", body });
  const { response, error } = (await answer.json()) as { response?: string; error?: string };
  return response ?? `error: ${error}`;
}
