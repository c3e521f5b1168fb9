import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../support/project-folder.ts";
import type { EdgeToken } from "../../edge/policy.ts";
import { killFamily } from "../support/kill.ts";
import { Project } from "../support/project.ts";
import { run } from "../support/shell.ts";

const stack = "rotation";

/** The last version that recorded the moment of a rotation alone, and had Caddy as its gateway. */
const earlier = "4b65d85";
const missing = (await run("git", ["cat-file", "-e", `${earlier}^{commit}`], { cwd: projectFolder })).status !== 0;
if (missing) console.log(`not run: tokens of ${earlier}, which is not in this checkout's history`);

/** A program with the tokens alone, a step instead of the edge, which keeps what it is told in a file, and one after it. */
const program = (checked: boolean) => `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ClientToken } from "./components/client-token.ts";
import { loadConfig, refuseProblems } from "./config/load.ts";
${checked ? 'import { rotationProblems } from "./components/rotations.ts";' : ""}
const config = await loadConfig();
${checked ? "await refuseProblems(await rotationProblems(config));" : ""}
const overlap = config.gateway.rotationOverlap;
const clients = config.gateway.clients.map(({ name: client, rotation }) => {
  const token = new ClientToken(client + "-token", { client, rotation, overlap });
  return { client, token: token.token, known: token.${checked ? "tokens" : "accounts"} };
});
const stdin = pulumi.jsonStringify(Object.fromEntries(clients.map(({ client, known }) => [client, known])));
const edge = new command.local.Command("edge", { create: "cat > told.json", stdin, logging: "none" });
const last = "if [ -e hang ]; then sleep 600; fi; [ ! -e fail ]";
const after = new command.local.Command("after", { create: last, stdin, logging: "none" }, { dependsOn: edge });
const tokens = Object.fromEntries(clients.map(({ client, token }) => [client, token]));
export default { tokens: pulumi.secret(pulumi.all([tokens, after.stdout]).apply(([known]) => known)) };
`;

/** Clients by name, with the numbers of their tokens. */
type Rotations = Readonly<Record<string, number>>;

describe("tokens of clients", () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
    await writeFile(join(project.folder, "index.ts"), program(true));
    await project.createStack(stack);
  });

  afterAll(async () => {
    await project.remove();
  });

  async function configure(rotations: Rotations, rotationOverlap: string): Promise<void> {
    const clients = Object.entries(rotations).map(([name, rotation]) => ({ name, rotation }));
    await project.writeStack(stack, {
      delivery: "embedded",
      baseImage: `sha256:${"a".repeat(64)}`,
      gateway: { enabled: true, clients, rotationOverlap },
    });
  }

  async function up(rotations: Rotations, rotationOverlap = "24h"): Promise<void> {
    await configure(rotations, rotationOverlap);
    const { status, output } = await project.up(stack);
    if (status !== 0) throw new Error(output);
  }

  const told = async () =>
    JSON.parse(await readFile(join(project.folder, "told.json"), "utf8")) as Record<string, EdgeToken[]>;
  const tokens = async () => {
    const { stdout } = await project.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack]);
    return (JSON.parse(stdout) as { tokens: Record<string, string> }).tokens;
  };
  const hash = (token = "") => createHash("sha256").update(token).digest("hex");
  const now = () => Math.floor(Date.now() / 1000);
  const resources = async () => {
    const text = await readFile(join(project.folder, `state/.pulumi/stacks/gemma/${stack}.json`), "utf8");
    const { checkpoint } = JSON.parse(text) as { checkpoint: { latest: { resources: Record<string, string>[] } } };
    const own = checkpoint.latest.resources.filter(({ type = "" }) => !type.startsWith("pulumi:providers:"));
    return own.map(({ urn, id, created }) => ({ urn, id, created }));
  };

  async function expectNoChanges(): Promise<void> {
    const quietly = ["--yes", "--skip-preview", "--expect-no-changes"];
    expect((await project.pulumi(["refresh", ...quietly, "--stack", stack])).status).toBe(0);
    expect((await project.preview(stack, "--expect-no-changes")).status).toBe(0);
  }

  async function refusal(rotations: Rotations): Promise<string> {
    await configure(rotations, "24h");
    const before = [await resources(), await told()];
    const tried = [await project.preview(stack), await project.up(stack)];
    expect([await resources(), await told()]).toEqual(before);
    expect(tried.map(({ status }) => status)).not.toContain(0);
    const [first, second] = tried.map(({ output }) => /^ +(Pulumi\.rotation\.yaml:\d+: .*)$/m.exec(output)?.[1]);
    expect(first).toBe(second);
    return first ?? "";
  }

  it("begin with any number, and the one before ends", async () => {
    await up({ backend: 1, web: 5 });
    const given = await tokens();
    expect((await told())["backend"]).toEqual([{ sha256: hash(given["backend"]), expires: null }]);
    expect(Buffer.from(given["web"] ?? "", "base64").toString()).toMatch(/^web\.5:[A-Za-z0-9]{40,42}$/);
    await expectNoChanges();
  });

  it("rotate one by one, and the end of the one before is put off by nothing", async () => {
    const before = await tokens();
    const start = now();
    await up({ backend: 2, web: 5 }, "1h");
    const given = await tokens();
    const { backend = [] } = await told();
    const ends = backend[1]?.expires ?? 0;
    expect(backend).toEqual([
      { sha256: hash(given["backend"]), expires: null },
      { sha256: hash(before["backend"]), expires: ends },
    ]);
    expect(given["backend"]).not.toBe(before["backend"]);
    expect(given["web"]).toBe(before["web"]);
    expect(ends).toBeGreaterThanOrEqual(start + 3600);
    expect(ends).toBeLessThanOrEqual(now() + 3600);
    await expectNoChanges();
    const endsWith = async (overlap: string) => {
      await up({ backend: 2, web: 5 }, overlap);
      return (await told())["backend"]?.[1]?.expires;
    };
    expect(await endsWith("48h")).toBe(ends);
    expect(await endsWith("30m")).toBe(ends - 1800);
    expect(await endsWith("0s")).toBe(ends - 3600);
    expect(await endsWith("48h")).toBe(ends - 3600);
    await expectNoChanges();
  });

  it("are refused a step back and two steps at once, before anything is touched", async () => {
    const place = "Pulumi.rotation.yaml:6: gemma:gateway.clients";
    expect(await refusal({ backend: 1, web: 5 })).toBe(
      `${place}.0.rotation: got 1; backend has its token 2, and one before it must not work again: ` +
        "write 2 to keep that, or 3 for another token",
    );
    expect(await refusal({ backend: 2, web: 7 })).toBe(
      `${place}.1.rotation: got 7; web has its token 5, which would end at once: ` +
        "write 5 to keep that, or 6 for another token",
    );
  });

  it("stay what the last update that ended well has given, when one fails or is killed", async () => {
    await up({ backend: 2, web: 5 });
    const { backend: known } = await told();
    const given = await tokens();
    await writeFile(join(project.folder, "fail"), "");
    await configure({ backend: 3, web: 5 }, "24h");
    expect((await project.up(stack)).status).not.toBe(0);
    expect(await tokens()).toEqual(given);
    expect(await refusal({ backend: 4, web: 5 })).toContain("backend has its token 2, which would end at once");
    expect(await refusal({ backend: 1, web: 5 })).toContain("backend has its token 2, and one before");
    await rm(join(project.folder, "fail"));
    // Back to what clients have; the one before that ends when it did.
    await up({ backend: 2, web: 5 });
    expect([await tokens(), (await told())["backend"]]).toEqual([given, known]);

    await writeFile(join(project.folder, "hang"), "");
    await configure({ backend: 3, web: 5 }, "24h");
    await project.stopAt(/after updating/, killFamily, "pulumi", [
      ...["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack],
    ]);
    await rm(join(project.folder, "hang"));
    await project.pulumi(["cancel", "--yes", "--stack", stack]);
    expect(await tokens()).toEqual(given);
    expect(await refusal({ backend: 4, web: 5 })).toContain("backend has its token 2, which would end at once");
    const start = now();
    await up({ backend: 3, web: 5 });
    const { backend: after } = await told();
    expect(after?.[1]?.sha256).toBe(hash(given["backend"]));
    expect(after?.[1]?.expires).toBeLessThanOrEqual(start + 86_400 + 60);
    await expectNoChanges();
  });

  it("of a client that went may begin with any number again, and are others", async () => {
    const before = await tokens();
    await up({ backend: 3 });
    await up({ backend: 3, web: 1 });
    await up({ backend: 3, web: 2 });
    expect((await tokens())["web"]).not.toBe(before["web"]);
    expect((await project.destroy(stack)).status).toBe(0);
  });

  it.skipIf(missing)("of an earlier version stay, with their ends", async () => {
    await project.checkOut(earlier);
    await writeFile(join(project.folder, "index.ts"), program(false));
    await up({ backend: 2, web: 5 }, "1h");
    const given = await tokens();
    const old = (await told()) as unknown as Record<string, { expires: number | null }[]>;
    await project.checkOut();
    await writeFile(join(project.folder, "index.ts"), program(true));
    await writeFile(join(project.folder, "told.json"), JSON.stringify(old));
    expect(await refusal({ backend: 1, web: 5 })).toContain("backend has its token 2, and one before");
    await up({ backend: 2, web: 5 }, "1h");
    expect(await tokens()).toEqual(given);
    const expiries = (known: Record<string, { expires: number | null }[]>) =>
      Object.values(known).map((list) => list.map(({ expires }) => expires));
    expect(expiries(await told())).toEqual(expiries(old));
    await expectNoChanges();
    await up({ backend: 2, web: 5 }, "48h");
    expect(expiries(await told())[0]).toEqual(expiries(old)[0]);
    await up({ backend: 3, web: 5 });
    await expectNoChanges();
    expect((await project.destroy(stack)).status).toBe(0);
  });
});
