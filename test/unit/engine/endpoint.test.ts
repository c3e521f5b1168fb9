import { expect, it } from "vitest";
import { usable } from "../../../engine/endpoint.ts";

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
