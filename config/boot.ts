import { isEverywhere } from "../support/address.ts";
import { loopback } from "./rule.ts";

/** How a host brings up Docker when it starts; null is unknown. */
export interface Boot {
  /** Whether systemd starts Docker. */
  readonly enabled: boolean | null;
  /** Whether it does so only after the network is there, and something waits for that. */
  readonly afterNetwork: boolean | null;
  /** Whether programs may listen on addresses that the host does not have yet, by family. */
  readonly nonlocalBind: { readonly ipv4: boolean; readonly ipv6: boolean };
}

/** What will keep a stack from coming back when its host starts again. */
export interface BootWarning {
  readonly found: string;
  readonly advice: string;
}

/** What will keep a stack that is published on an address from coming back when its host starts again; nothing of what is unknown. */
export function bootWarnings(address: string, { enabled, afterNetwork, nonlocalBind }: Boot): BootWarning[] {
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const always = loopback(address) || isEverywhere(address) || nonlocalBind[family];
  return [
    ...(enabled === false
      ? [
          {
            found: "Docker does not start with this host: docker.service is disabled",
            advice: "have it started with `sudo systemctl enable docker`",
          },
        ]
      : []),
    ...(afterNetwork === false && !always
      ? [
          {
            found: `Docker may start before this host has the address ${address}, and then publishes nothing there`,
            advice:
              "let it listen on addresses that come later: " +
              `\`echo net.${family}.ip_nonlocal_bind=1 | sudo tee /etc/sysctl.d/90-gemma.conf && sudo sysctl --system\``,
          },
        ]
      : []),
  ];
}
