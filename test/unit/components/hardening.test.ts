import { describe, expect, it } from "vitest";
import { hardeningArgs } from "../../../components/hardening.ts";

const hardened = {
  user: "10001:10001",
  readOnly: true,
  tmpfs: {},
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
};

describe("hardening", () => {
  it("takes root, writing, capabilities and new privileges away", () => {
    expect(hardeningArgs({ userId: 10001, scratch: {} })).toEqual(hardened);
  });

  it("leaves folders in memory to the user alone, for no programs and devices, and so large", () => {
    expect(hardeningArgs({ userId: 7, scratch: { "/tmp": 64, "/run/x": 1 } })).toEqual({
      ...hardened,
      user: "7:7",
      tmpfs: {
        "/tmp": "mode=0700,uid=7,gid=7,size=64m,noexec,nosuid,nodev",
        "/run/x": "mode=0700,uid=7,gid=7,size=1m,noexec,nosuid,nodev",
      },
    });
  });

  it("leaves the capabilities that are named", () => {
    const capabilities = ["CAP_NET_BIND_SERVICE"];
    expect(hardeningArgs({ userId: 10001, scratch: {}, capabilities })).toEqual({
      ...hardened,
      capabilities: { drops: ["ALL"], adds: ["CAP_NET_BIND_SERVICE"] },
    });
  });

  it("writes no list of capabilities that is empty, which the next preview would show", () => {
    expect(hardeningArgs({ userId: 10001, scratch: {}, capabilities: [] })).toEqual(hardened);
  });
});
