import { stringify } from "yaml";
import type { StackConfig } from "../config/schema.ts";

/** Where alerts go. */
export type Receivers = Pick<StackConfig["monitoring"]["alertmanager"], "webhook" | "mail">;

/** Whether alerts leave the host. */
export function tellsSomebody({ webhook, mail }: Receivers): boolean {
  return webhook !== undefined || mail !== undefined;
}

/** alertmanager.yml: to whom alerts go; without a receiver they are only shown. */
export function alertmanagerText({ webhook, mail }: Receivers): string {
  return stringify({
    route: {
      receiver: "operators",
      group_by: ["alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "operators",
        ...(webhook === undefined ? {} : { webhook_configs: [{ url: webhook, send_resolved: true }] }),
        ...(mail === undefined
          ? {}
          : { email_configs: [{ to: mail.to, from: mail.from, smarthost: mail.smarthost, send_resolved: true }] }),
      },
    ],
  });
}
