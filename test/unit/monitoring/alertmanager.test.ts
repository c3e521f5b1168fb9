import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { alertmanagerText, tellsSomebody, type Receivers } from "../../../monitoring/alertmanager.ts";

const webhook = "https://alerts.example.org/hook";
const mail = { smarthost: "mail.example.org:587", from: "llm@example.org", to: "operators@example.org" };

const receiversOf = (receivers: Receivers) =>
  (parse(alertmanagerText(receivers)) as { receivers: readonly unknown[] }).receivers;

describe("alertmanagerText", () => {
  it.each([
    ["shows alerts alone without receivers", {}, {}],
    ["posts them", { webhook }, { webhook_configs: [{ url: webhook, send_resolved: true }] }],
    ["mails them", { mail }, { email_configs: [{ ...mail, send_resolved: true }] }],
    [
      "does both",
      { webhook, mail },
      {
        webhook_configs: [{ url: webhook, send_resolved: true }],
        email_configs: [{ ...mail, send_resolved: true }],
      },
    ],
  ])("%s", (_, receivers: Receivers, expected) => {
    expect(receiversOf(receivers)).toEqual([{ name: "operators", ...expected }]);
  });
});

describe("tellsSomebody", () => {
  it.each([
    [{}, false],
    [{ webhook }, true],
    [{ mail }, true],
  ])("of %o is %s", (receivers: Receivers, expected) => {
    expect(tellsSomebody(receivers)).toBe(expected);
  });
});
