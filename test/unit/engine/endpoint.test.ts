import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { currentEndpoint, usable } from "../../../engine/endpoint.ts";

it.each([
  "unix:///var/run/docker.sock",
  "unix:///run/user/1000/docker.sock",
  "tcp://127.0.0.1:2375",
  "tcp://localhost:2375",
  "tcp://[::1]:2375",
])("takes %s", (endpoint) => {
  expect(usable(endpoint, "default")).toBe(endpoint);
});

it.each(["tcp://192.0.2.7:2375", "ssh://root@build.example", "npipe:////./pipe/docker_engine", "tcp://"])(
  "refuses %s, which is not on this machine",
  (endpoint) => {
    expect(() => usable(endpoint, "farm")).toThrow(
      `The context farm leads to the engine ${endpoint}, and this program needs one on this machine, whose containers' addresses it can reach: a unix:// socket, or tcp:// on loopback; choose the engine with DOCKER_HOST, DOCKER_CONTEXT or \`docker context use\``,
    );
  },
);

it("refuses a context without an endpoint", () => {
  expect(() => usable("", "farm")).toThrow("The context farm leads to the engine of no endpoint");
});

describe("the engine of someone", () => {
  let folder: string;
  /** A PATH with a docker CLI that says what it was asked, and under which choice. */
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-endpoint-"));
    const answer = '{"Name":"%s","Endpoints":{"docker":{"Host":"unix:///asked/%s"}}}';
    const script = `#!/bin/sh\nname=\${DOCKER_HOST:-\${DOCKER_CONTEXT:-current}}\nprintf '${answer}' "$name" "$name"\n`;
    await writeFile(join(folder, "docker"), script, { mode: 0o755 });
    environment = { PATH: `${folder}:/usr/bin:/bin`, DOCKER_CONFIG: join(folder, "settings") };
  });

  afterAll(() => rm(folder, { recursive: true }));

  const settings = async (text: string) => {
    await mkdir(join(folder, "settings"), { recursive: true });
    await writeFile(join(folder, "settings/config.json"), text);
  };

  it("who has chosen none and has no settings is the default", async () => {
    expect(await currentEndpoint(environment)).toBe("unix:///var/run/docker.sock");
  });

  it("who has logged in somewhere and chosen none is the default", async () => {
    await settings('{"auths":{}}');
    expect(await currentEndpoint(environment)).toBe("unix:///var/run/docker.sock");
  });

  it("who has chosen a context is that of the docker CLI", async () => {
    await settings('{"currentContext":"farm"}');
    expect(await currentEndpoint(environment)).toBe("unix:///asked/current");
  });

  it.each(["DOCKER_HOST", "DOCKER_CONTEXT"])("who has set %s is that of the docker CLI", async (name) => {
    await settings("{}");
    expect(await currentEndpoint({ ...environment, [name]: "here" })).toBe("unix:///asked/here");
  });
});
