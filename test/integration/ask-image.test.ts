import { afterAll, beforeAll, expect, it } from "vitest";
import { askImage } from "../../engine/ask-image.ts";
import { Failure } from "../../support/failure.ts";
import { haproxyImage, ollamaImage } from "../support/fixtures.ts";
import { docker } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const silent = `${uniqueName("gemma-test-silent")}:1`;
const containers = (image: string) => docker("ps", "--all", "--quiet", "--filter", `ancestor=${image}`);

beforeAll(async () => {
  const container = await docker("create", haproxyImage);
  await docker("commit", "--change", 'ENTRYPOINT ["sh", "-c", "sleep 600"]', container, silent);
  await docker("rm", container);
});

afterAll(() => docker("rmi", silent));

it("says what the program in an image answers", async () => {
  expect(await askImage(ollamaImage, ["--version"])).toContain("version is 0.33.3");
  expect(await askImage(haproxyImage, ["haproxy", "-v"])).toMatch(/^HAProxy version 3\.2\.26/);
});

it("gives docker's reason where there is no such program", async () => {
  await expect(askImage(haproxyImage, ["no-such-program"])).rejects.toThrow("no-such-program");
});

it("waits no longer than its limit, and leaves no container", async () => {
  await expect(askImage(silent, ["--version"], { limit: 1 })).rejects.toThrow(new Failure("it did not end within 1 s"));
  expect(await containers(silent)).toBe("");
});
