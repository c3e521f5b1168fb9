import { describe, expect, it } from "vitest";
import {
  adminSocket,
  environmentOf,
  otherRules,
  savedConfig,
  startCommand,
  active,
} from "../../../gateway/processes.ts";

describe("the gateway's processes", () => {
  it("get rules by turns, the first one first", () => {
    expect([undefined, "rules-a", "rules-b", ""].map(otherRules)).toEqual(["rules-a", "rules-b", "rules-a", "rules-a"]);
  });

  it("have sockets and folders of their own", () => {
    expect(adminSocket("door")).toBe("unix//run/gateway/door-admin.sock");
    expect(environmentOf("rules-b")).toEqual([
      "CADDY_ADMIN=unix//run/gateway/rules-b-admin.sock",
      "XDG_CONFIG_HOME=/var/lib/gateway/config/rules-b",
    ]);
    expect(savedConfig("rules-b")).toBe("/var/lib/gateway/config/rules-b/caddy/autosave.json");
  });

  it("are started by one command, whose own process becomes the door", () => {
    const rules = (name: string) =>
      `while :; do CADDY_ADMIN=unix//run/gateway/rules-${name}-admin.sock ` +
      `XDG_CONFIG_HOME=/var/lib/gateway/config/rules-${name} caddy run --resume; sleep 1; done & `;
    expect(startCommand).toEqual(["sh", "-c", `${rules("a")}${rules("b")}exec caddy run --resume`]);
  });

  it("find in files whom to ask", () => {
    expect(active("rules")).toBe("{file./var/lib/gateway/rules}");
    expect(active("upstream")).toBe("{file./var/lib/gateway/upstream}");
  });
});
