import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { embeddedStack, imageId, removeTestImages, stack as prod } from "../../support/bundle.ts";
import { ask } from "../../support/container.ts";
import { blobRequests, caddyImage, model, ollamaImage } from "../../support/fixtures.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayKeys, tokensOf } from "../../support/gateway.ts";
import { stream } from "../../support/load.ts";
import { Project, type StackConfig } from "../../support/project.ts";
import { docker, run } from "../../support/shell.ts";
import { pullingStack } from "../../support/stack.ts";
import { uniqueName } from "../../support/unique-name.ts";

const registry = inject("registry");

/** The version that first served; its own commands make its state. */
const landed = "a8406ea";
const missing = (await run("git", ["cat-file", "-e", `${landed}^{commit}`], { cwd: projectFolder })).status !== 0;
if (missing) console.log(`not run: upgrades from ${landed}, which is not in this checkout's history`);

describe.skipIf(missing)("a stack that an earlier version of the program brought up", () => {
  const volume = uniqueName("gemma-e2e-upgrade");
  const dev = "dev";
  let project: Project;
  let url: string;
  let gateway: string;
  let pulling: StackConfig;
  let embedded: StackConfig;

  /** A file that only the volume has; the time that the engine gives for a volume moves with what is written to it. */
  const mark = (...command: string[]) =>
    docker("run", "--rm", "--entrypoint", "sh", "-v", `${volume}:/models`, ollamaImage, "-c", command.join(" "));
  /** The layer with the weights of each image that a stack has been served from, the newest first. */
  const weights = async () => {
    const images = (await docker("images", "--quiet", "--no-trunc", "localhost/gemma/smollm2")).split("\n");
    const format = "{{index .RootFS.Layers 0}}";
    return Promise.all(images.map((image) => docker("image", "inspect", "--format", format, image)));
  };
  /** As versions before several models wrote it. */
  const earlier = ({ models, ...others }: StackConfig) => ({ ...others, model: (models as unknown[])[0] });

  beforeAll(async () => {
    project = await Project.create();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await project.checkOut(landed);
    pulling = { ...pullingStack(registry, volume, port), volume: { name: volume } };
    await project.writeStack(dev, earlier(pulling));
    const front = await freePort();
    gateway = `http://127.0.0.1:${front}`;
    embedded = { ...(await embeddedStack(registry, front)), readiness: { minTokensPerSecond: 0 } };
    const caddy = { enabled: true, image: await imageId(caddyImage), clients: ["backend"] };
    await project.writeStack(prod, { ...earlier(embedded), gateway: caddy });
    const staged = await project.run("node", ["commands/stage.ts", prod]);
    if (staged.status !== 0) throw new Error(staged.output);
    for (const stack of [dev, prod]) {
      await project.createStack(stack);
      const { status, output } = await project.up(stack);
      if (status !== 0) throw new Error(output);
    }
  });

  afterAll(async () => {
    for (const stack of [dev, prod]) await project.destroy(stack);
    await docker("volume", "rm", "-f", volume);
    await project.remove();
    await removeTestImages();
  });

  it("keeps its volume, weights and tokens and downloads nothing", async () => {
    const before = { weights: await weights(), tokens: await tokensOf(project) };
    expect(before.weights).toHaveLength(1);
    await mark("touch /models/mark");
    const requests = await blobRequests(registry);
    await project.checkOut();
    for (const stack of [dev, prod]) {
      const health = await project.run("npm", ["run", "health", "-s", stack]);
      expect(health.output).toContain(`${model} is ready at `);
      expect(health.status).toBe(0);
    }
    await project.writeStack(dev, pulling);
    await project.writeStack(prod, { ...embedded, gateway: await gatewayKeys() });
    const answered = stream({ url: gateway, token: before.tokens["backend"] }, 1000);
    for (const stack of [dev, prod]) {
      const { status, output } = await project.up(stack);
      expect(output).not.toMatch(/docker:index:Volume models.*(creat|delet|replac)/);
      expect(status, output).toBe(0);
    }
    // What the gateway of before was answering it has answered.
    expect((await answered).failure).toBeUndefined();
    // Its licences have a folder for each model now, on top of the same layer.
    expect(await weights()).toEqual([...before.weights, ...before.weights]);
    expect(await tokensOf(project)).toEqual(before.tokens);
    expect(await mark("ls /models/mark")).toBe("/models/mark");
    expect(await blobRequests(registry)).toBe(requests);
  });

  it("answers, and has nothing left to change", async () => {
    expect(await ask(url, model)).toContain("Paris");
    const { backend } = await tokensOf(project);
    const listed = await fetch(`${gateway}/v1/models`, { headers: { authorization: `Bearer ${backend}` } });
    expect(await listed.text()).toContain(model);
    for (const stack of [dev, prod]) {
      expect((await project.preview(stack, "--expect-no-changes")).status).toBe(0);
    }
  });
});
