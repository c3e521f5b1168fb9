import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { certificateCommands, certificateText } from "../../../edge/certificate.ts";
import { edgeFiles, haproxyText, shownConfiguration, versionOf } from "../../../edge/configuration.ts";
import { laneCommands, lanesOf, lanesText } from "../../../edge/lanes.ts";
import { mapFiles, pathOf, startCommand } from "../../../edge/layout.ts";
import type { EdgePolicy } from "../../../edge/policy.ts";
import { settingsText, type EdgeSettings } from "../../../edge/settings.ts";

const settings: EdgeSettings = { tls: false, slots: 4, maxBody: 32, readTimeout: 60, holdTimeout: 300 };
const sha256 = createHash("sha256").update("the token").digest("hex");
const client = { name: "web", tokens: [{ sha256, expires: null }], endpoints: [], maxQueue: 64, priority: 0 };
const policy: EdgePolicy = { clients: [{ ...client, maxParallel: 2 }], hosts: [], origins: [] };

describe("the settings", () => {
  it("are what haproxy.cfg has names for", () => {
    expect(settingsText(settings, "v1")).toBe(
      [
        "# What haproxy.cfg is filled in with, and which version of both it is.",
        "global",
        "  setenv TLS off",
        "  setenv SLOTS 4",
        "  setenv MAX_BODY 33554432",
        "  setenv READ_TIMEOUT 60000ms",
        "  setenv HOLD_TIMEOUT 300000ms",
        "  setenv HOLD_RETRIES 600",
        "  setenv RANK_STEP 10000",
        "  setenv EDGE_VERSION v1",
        "",
      ].join("\n"),
    );
  });

  it.each([
    [{ tls: true }, "TLS on"],
    [{ readTimeout: 0.0001 }, "READ_TIMEOUT 1ms"],
    [{ holdTimeout: 0.1 }, "HOLD_RETRIES 1"],
    [{ holdTimeout: 1.2 }, "HOLD_RETRIES 3"],
    // All that can put a request back, together, within what HAProxy compares.
    [{ slots: 64 }, "RANK_STEP 1875"],
  ])("with %j have %s", (change, line) => {
    expect(settingsText({ ...settings, ...change }, "v1")).toContain(`  setenv ${line}\n`);
  });

  it("and the server have every name that stands in haproxy.cfg", () => {
    const names = new Set([...haproxyText.matchAll(/"\$\{?([A-Z_]+)\}?/g)].map(([, name]) => name));
    const files = edgeFiles({
      settings,
      policy,
      server: { usher: "gemma-1", ollama: "gemma-1" },
      certificate: undefined,
    });
    const set = [files["settings.cfg"], files["server.cfg"]].join("").matchAll(/setenv ([A-Z_]+) /g);
    const known = [...set].map(([, name]) => name).filter((name) => name !== "EDGE_VERSION");
    expect([...names].sort()).toEqual(known.sort());
  });

  it("and haproxy.cfg make another version when they are others", () => {
    expect(versionOf(settings)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(versionOf({ ...settings, maxBody: 33 })).not.toBe(versionOf(settings));
    expect(versionOf({ ...settings })).toBe(versionOf(settings));
  });

  it("are shown with haproxy.cfg as it is", () => {
    expect(shownConfiguration({ settings })).toBe(`${settingsText(settings, versionOf(settings))}\n${haproxyText}`);
  });
});

describe("the edge's files", () => {
  const files = edgeFiles({
    settings,
    policy,
    server: { usher: "gemma-1", ollama: "gemma-1" },
    certificate: undefined,
  });

  it("are all that its command and haproxy.cfg name", () => {
    const named = [...startCommand, haproxyText].join("\n").matchAll(/\/var\/lib\/gateway\/([a-z0-9.]+)/g);
    const wanted = new Set([...named].map(([, name]) => name));
    const all = edgeFiles({ settings, policy, server: { usher: "gemma-1", ollama: "gemma-1" }, certificate: "PEM" });
    expect(Object.keys(all).sort()).toEqual([...wanted].sort());
  });

  it("have a certificate where there is one", () => {
    expect(files["certificate.pem"]).toBeUndefined();
    expect(
      edgeFiles({ settings, policy, server: { usher: "x", ollama: "x" }, certificate: "PEM" })["certificate.pem"],
    ).toBe("PEM");
  });

  it("have haproxy.cfg as it is, and maps", () => {
    expect(files["haproxy.cfg"]).toBe(haproxyText);
    expect(files["tokens.map"]).toBe(`${sha256} web:253402300799\n`);
    expect(mapFiles.filter((file) => files[file] === undefined)).toEqual([]);
  });

  it("have answers in JSON to what is no request", () => {
    expect(files["400.http"]).toBe(
      [
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/json",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        "Content-Length: 38",
        "",
        '{"error":"the request cannot be read"}',
      ].join("\r\n"),
    );
  });
});

describe("lanes", () => {
  const lanes = lanesOf(policy.clients, 4);

  it("let as many on as their clients may, and no more than there are slots", () => {
    expect(lanes).toEqual([{ client: "web", parallel: 2 }]);
    expect(lanesOf(policy.clients, 1)).toEqual([{ client: "web", parallel: 1 }]);
  });

  it("are a section of their own", () => {
    expect(lanesText(lanes)).toBe(
      [
        "# The lane of each client, by its name; see haproxy.cfg.",
        "backend lanes from lane",
        "  use-server %[var(txn.client)] if TRUE",
        "  server web 127.0.0.1:8081 maxconn 2",
        "",
      ].join("\n"),
    );
  });

  it("come to a running edge by commands, and go with its next reload", () => {
    expect(laneCommands(["gone"], lanes)).toEqual([
      "add server lanes/web 127.0.0.1:8081 maxconn 2",
      "enable server lanes/web",
    ]);
    expect(laneCommands(["web"], lanes)).toEqual(["set maxconn server lanes/web 2"]);
  });
});

describe("a certificate", () => {
  const text = certificateText("CERTIFICATE\n\n\nISSUER\n", "\nKEY");

  it("is one text without an empty line, which would end the command that brings it", () => {
    expect(text).toBe("CERTIFICATE\nISSUER\nKEY\n");
  });

  it("comes by two commands", () => {
    const file = pathOf("certificate.pem");
    expect(certificateCommands(text)).toEqual([`set ssl cert ${file} <<\n${text}`, `commit ssl cert ${file}`]);
  });
});
