import { describe, expect, it } from "vitest";
import { bootWarnings, type Boot } from "../../../config/boot.ts";

const good: Boot = { enabled: true, afterNetwork: true, nonlocalBind: { ipv4: false, ipv6: false } };
const early: Boot = { ...good, afterNetwork: false };
const found = (address: string, boot: Boot) => bootWarnings(address, boot).map((warning) => warning.found);

describe("a stack after its host was started again", () => {
  it("is back where Docker starts after the network", () => {
    expect(bootWarnings("192.0.2.7", good)).toEqual([]);
  });

  it.each(["127.0.0.1", "::1", "0.0.0.0", "::"])("is back on %s, which is always there", (address) => {
    expect(bootWarnings(address, early)).toEqual([]);
  });

  it.each([
    ["192.0.2.7", "ipv4"],
    ["2001:db8::7", "ipv6"],
  ] as const)("may not be back on %s, unless Docker may listen there before", (address, family) => {
    expect(bootWarnings(address, early)).toEqual([
      {
        found: `Docker may start before this host has the address ${address}, and then publishes nothing there`,
        advice:
          "let it listen on addresses that come later: " +
          `\`echo net.${family}.ip_nonlocal_bind=1 | sudo tee /etc/sysctl.d/90-gemma.conf && sudo sysctl --system\``,
      },
    ]);
    expect(bootWarnings(address, { ...early, nonlocalBind: { ipv4: false, ipv6: false, [family]: true } })).toEqual([]);
  });

  it("is not back where nothing starts Docker", () => {
    expect(bootWarnings("127.0.0.1", { ...good, enabled: false })).toEqual([
      {
        found: "Docker does not start with this host: docker.service is disabled",
        advice: "have it started with `sudo systemctl enable docker`",
      },
    ]);
    expect(found("192.0.2.7", { ...early, enabled: false })).toHaveLength(2);
  });

  it("is not warned of where systemd does not know", () => {
    expect(bootWarnings("192.0.2.7", { ...good, enabled: null, afterNetwork: null })).toEqual([]);
  });
});
