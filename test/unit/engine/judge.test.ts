import { describe, expect, it } from "vitest";
import { engineProblem, isAtLeast } from "../../../engine/judge.ts";
import type { EngineFacts } from "../../../engine/facts.ts";

const endpoint = "unix:///var/run/docker.sock";
const good: EngineFacts = {
  endpoint,
  info: { ID: "a", ServerVersion: "28.2.2", OperatingSystem: "Debian GNU/Linux 13", SecurityOptions: ["name=seccomp"] },
  components: ["Engine", "containerd", "runc"],
  near: true,
  host: "here",
};

describe("an engine", () => {
  it("of this machine is taken", () => {
    expect(engineProblem(good)).toBeUndefined();
  });

  it("of this machine is taken by its port as well", () => {
    const info = { ...good.info, Name: "here" };
    expect(engineProblem({ ...good, info, endpoint: "tcp://127.0.0.1:2375" })).toBeUndefined();
  });

  it("behind a tunnel is refused in one sentence", () => {
    const info = { ...good.info, Name: "build-7" };
    expect(engineProblem({ ...good, info, endpoint: "tcp://127.0.0.1:2375" })).toBe(
      "The engine at tcp://127.0.0.1:2375 is that of build-7 behind a tunnel, and here cannot reach its containers: run this program where the engine runs",
    );
  });

  it("without security options is taken", () => {
    expect(engineProblem({ ...good, info: { ...good.info, SecurityOptions: null } })).toBeUndefined();
  });

  it.each<[string, Partial<EngineFacts>, string]>([
    [
      "Podman",
      { components: ["Podman Engine", "Conmon"] },
      "is Podman's emulation of Docker, which is not supported: install Docker Engine, and choose it with DOCKER_HOST or `docker context use`",
    ],
    [
      "Docker Desktop",
      { info: { ...good.info, OperatingSystem: "Docker Desktop" } },
      "is Docker Desktop, whose containers this host cannot reach by their addresses: use a Docker Engine of this machine",
    ],
    [
      "rootless",
      { info: { ...good.info, SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"] } },
      "is rootless, and this host cannot reach its containers by their addresses: use the engine that root runs",
    ],
    ["old", { info: { ...good.info, ServerVersion: "19.03.15" } }, "is Docker 19.03.15: install 20.10 or newer"],
    ["of no version", { info: {} }, "is Docker of an unknown version: install 20.10 or newer"],
    [
      "of another network namespace",
      { near: false },
      "runs in another network namespace, and this host cannot reach its containers: run this program where the engine runs",
    ],
  ])("that is %s is refused in one sentence", (_, facts, problem) => {
    expect(engineProblem({ ...good, ...facts })).toBe(`The engine at ${endpoint} ${problem}`);
  });
});

it.each([
  ["20.10.24+dfsg1", true],
  ["20.10.0-rc1", true],
  ["28.2.2", true],
  ["29.0.0", true],
  ["20.9.9", false],
  ["19.03.15", false],
  ["", false],
  [null, false],
  [undefined, false],
])("%s is at least 20.10: %s", (version, expected) => {
  expect(isAtLeast(version, "20.10")).toBe(expected);
});
