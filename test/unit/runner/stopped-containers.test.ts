import { describe, expect, it } from "vitest";
import { gatewayContainers, stoppedContainers } from "../../../runner/stopped-containers.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { tempFolder } from "../support/temp-folder.ts";

const labels = { "io.chatgemma.stack": "gemma/dev" };
const stopped = (id: string) => ({
  Id: id,
  Name: `/ollama-container-${id}`,
  State: { Status: "exited", Error: "", OOMKilled: false },
  HostConfig: { RestartPolicy: { Name: "unless-stopped" } },
});
const crashed = { ...stopped("b"), State: { Status: "exited", Error: "no such image", OOMKilled: false } };

function docker(...containers: readonly object[]): void {
  const folder = tempFolder({ "inspected.json": JSON.stringify(containers) });
  fakePrograms({
    docker: [
      'case "$*" in',
      `"ps --all --quiet --no-trunc --filter status=exited --filter label=io.chatgemma.stack=gemma/dev") ${containers.map((_, index) => `echo ${index}`).join("; ") || ":"} ;;`,
      `"container inspect 0"*) cat '${folder}/inspected.json' ;;`,
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
}

const container = (id: string, more: object = {}) => ({ type: "docker:index/container:Container", id, ...more });
const resources = [container("a"), container("b"), container("c", { delete: true })];

describe("containers of a stack that somebody stopped", () => {
  it("are those that serve it, and that Docker would have started again", async () => {
    docker(stopped("a"), crashed, stopped("c"), stopped("d"));
    expect(await stoppedContainers(labels, { resources })).toEqual(["ollama-container-a"]);
  });

  it("are none where all run, or Docker does not tell", async () => {
    docker();
    expect(await stoppedContainers(labels, { resources })).toEqual([]);
    fakePrograms({ docker: "exit 1" });
    expect(await stoppedContainers(labels, { resources })).toEqual([]);
  });

  it("are none after a run that was killed, which stops containers itself", async () => {
    docker(stopped("a"));
    const pending = [{ resource: container("a"), type: "deleting" }];
    expect(await stoppedContainers(labels, { resources, pending_operations: pending })).toEqual([]);
  });
});

describe("containers of a stack's gateway", () => {
  const named = (id: string, name: string) => container(id, { urn: `urn:pulumi:dev::gemma::Container::${name}` });
  const all = [named("a", "ollama-container"), named("b", "gateway-container"), named("c", "usher-container")];

  it("are all that serve but the server", () => {
    const gone = { ...named("d", "usher-container"), delete: true };
    expect(gatewayContainers({ resources: [...all, gone] })).toEqual(["b", "c"]);
  });

  it("are none while a run is at it, or after one that was killed", () => {
    const pending = [{ resource: container("b"), type: "deleting" }];
    expect(gatewayContainers({ resources: all, pending_operations: pending })).toEqual([]);
  });
});
