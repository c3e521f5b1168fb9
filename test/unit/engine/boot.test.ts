import { describe, expect, it } from "vitest";
import { bootIn } from "../../../engine/boot.ts";

const docker = (more = "", after = "network-online.target docker.socket firewalld.service") =>
  `LoadState=loaded\nUnitFileState=enabled\nAfter=${after}\n${more}`;
const online = "Wants=systemd-networkd-wait-online.service\nRequires=\n";

describe("how systemd starts Docker", () => {
  it("is after the network, where something waits for that", () => {
    expect(bootIn(docker(), online)).toEqual({ enabled: true, afterNetwork: true });
  });

  it.each([
    ["Docker is not ordered", docker("", "docker.socket network.target"), online],
    ["nothing waits", docker(), "Wants=\nRequires=\n"],
    ["the target is not known", docker(), ""],
  ])("is whenever it comes where %s", (_, asked, target) => {
    expect(bootIn(asked, target).afterNetwork).toBe(false);
  });

  it.each([
    ["disabled", false],
    ["masked", false],
    ["enabled", true],
    ["static", true],
  ])("is at all with the unit %s: %s", (state, enabled) => {
    expect(bootIn(docker().replace("=enabled", `=${state}`), online).enabled).toBe(enabled);
  });

  it.each(["", "LoadState=not-found\nUnitFileState=\nAfter=\n"])(
    "is unknown where it does not start it, %j",
    (asked) => {
      expect(bootIn(asked, online)).toEqual({ enabled: null, afterNetwork: null });
    },
  );
});
