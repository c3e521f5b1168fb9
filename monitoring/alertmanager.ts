import { stringify } from "yaml";
import type { StackConfig } from "../config/schema.ts";

/** Where alerts go. */
export type Receivers = Pick<StackConfig["monitoring"]["alertmanager"], "webhook" | "mail">;

/** Whether alerts leave the host. */
export function tellsSomebody({ webhook, mail }: Receivers): boolean {
  return webhook !== undefined || mail !== undefined;
}

/** Alerts that are no trouble, but a sign that alerts are told: who listens notices when it stops. */
const signs = ['severity="none"'];

/** How often that sign goes to a program, and to people. */
const repeated = { webhook: "15m", mail: "24h" } as const;

/** alertmanager.yml: to whom alerts go; without a receiver they are only shown. */
export function alertmanagerText({ webhook, mail }: Receivers): string {
  const webhooks = webhook === undefined ? undefined : { webhook_configs: [{ url: webhook, send_resolved: true }] };
  const mails =
    mail === undefined
      ? undefined
      : { email_configs: [{ to: mail.to, from: mail.from, smarthost: mail.smarthost, send_resolved: true }] };
  return stringify({
    route: {
      receiver: "operators",
      group_by: ["alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [...(webhooks ? [signRoute("webhook")] : []), ...(mails ? [signRoute("mail")] : [])],
    },
    receivers: [
      { name: "operators", ...webhooks, ...mails },
      ...(webhooks ? [{ name: "sign-by-webhook", ...webhooks }] : []),
      ...(mails ? [{ name: "sign-by-mail", ...mails }] : []),
    ],
  });
}

function signRoute(way: keyof typeof repeated): object {
  return { matchers: signs, receiver: `sign-by-${way}`, repeat_interval: repeated[way], continue: true };
}
