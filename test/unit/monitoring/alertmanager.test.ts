import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { alertmanagerText, tellsSomebody, type Receivers } from "../../../monitoring/alertmanager.ts";

const webhook = "https://alerts.example.org/hook";
const mail = { smarthost: "mail.example.org:587", from: "llm@example.org", to: "operators@example.org" };

interface Written {
  readonly route: { readonly routes: readonly unknown[] };
  readonly receivers: readonly { readonly name: string }[];
}

const written = (receivers: Receivers) => parse(alertmanagerText(receivers)) as Written;
const sign = (way: string, repeated: string) => ({
  matchers: ['severity="none"'],
  receiver: `sign-by-${way}`,
  repeat_interval: repeated,
  continue: true,
});

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
    expect(written(receivers).receivers[0]).toEqual({ name: "operators", ...expected });
  });

  it.each([
    ["nobody without receivers", {}, [], []],
    ["a program often", { webhook }, [sign("webhook", "15m")], ["webhook_configs"]],
    ["people once a day", { mail }, [sign("mail", "24h")], ["email_configs"]],
    [
      "each in its time",
      { webhook, mail },
      [sign("webhook", "15m"), sign("mail", "24h")],
      ["webhook_configs", "email_configs"],
    ],
  ])("has the sign that alerts are told go to %s", (_, receivers: Receivers, routes, ways) => {
    const { route, receivers: all } = written(receivers);
    expect(route.routes).toEqual(routes);
    expect(all.slice(1).map((one) => Object.keys(one))).toEqual(ways.map((way) => ["name", way]));
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
