import { describe, expect, it } from "vitest";
import { unwellContainers } from "../../../engine/unwell-containers.ts";
import { fakePrograms } from "../support/fake-program.ts";

/** An engine that tells of containers by their IDs, and knows no others. */
function engineWith(containers: Readonly<Record<string, string>>): void {
  const cases = Object.entries(containers).map(([id, told]) => `*" ${id}") echo '${told}' ;;`);
  fakePrograms({ docker: ['case "$*" in', ...cases, '*) echo "no such container" >&2; exit 1 ;;', "esac"].join("\n") });
}

describe("containers that are not well", () => {
  it("are those that do not run, or whose health check fails, each with where to look", async () => {
    engineWith({
      a: "/gateway-container-1 running healthy",
      b: "/usher-container-1 running unhealthy",
      c: "/usher-container-2 running starting",
      d: "/gateway-container-2 restarting ",
      e: "/ollama-container-1 running ",
    });
    expect(await unwellContainers(["a", "b", "c", "d", "e", "f"])).toEqual([
      "The container usher-container-1 runs, and its health check fails: look into docker logs usher-container-1",
      "The container gateway-container-2 does not run: it is restarting; look into docker logs gateway-container-2",
    ]);
  });

  it("are none where Docker does not tell", async () => {
    fakePrograms({ docker: "exit 1" });
    expect(await unwellContainers(["a"])).toEqual([]);
  });
});
