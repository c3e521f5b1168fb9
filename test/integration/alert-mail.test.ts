import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertmanagerText } from "../../monitoring/alertmanager.ts";
import { fileOf } from "../../monitoring/layout.ts";
import { issue } from "../support/certificate.ts";
import { alertmanagerImage, missingForDebian } from "../support/debian-images.ts";
import { freePort } from "../support/free-port.ts";
import { mailStandIn } from "../support/mail-stand-in.ts";
import { partFiles } from "../support/monitoring-part.ts";

const missing = await missingForDebian();

describe.skipIf(missing !== undefined)("an alert as mail", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-mail-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("goes to a server that asks for no login, and whose certificate the list of authorities has", async () => {
    const made = issue(folder);
    const [cert, key] = await Promise.all([made.certificate, made.key].map((path) => readFile(path, "utf8")));
    await using server = await mailStandIn({ cert: cert ?? "", key: key ?? "" });
    const mail = { smarthost: `localhost:${server.port}`, from: "llm@example.org", to: "operators@example.org" };
    const soon = alertmanagerText({ webhook: undefined, mail }).replace("group_wait: 30s", "group_wait: 0s");
    // The image of the tests has no list of its own.
    const list = ["--env", `SSL_CERT_FILE=${fileOf("authorities.pem")}`];
    await using files = await partFiles({ "alertmanager.yml": soon, "authorities.pem": cert ?? "" }, undefined, list);
    const url = `http://127.0.0.1:${await freePort()}`;
    const config = `--config.file=${fileOf("alertmanager.yml")}`;
    const listen = [`--web.listen-address=${new URL(url).host}`, "--cluster.listen-address=", "--storage.path=/tmp"];
    await files.start(alertmanagerImage, `${url}/-/ready`, "/bin/alertmanager", config, ...listen);
    await fetch(`${url}/api/v2/alerts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify([{ labels: { alertname: "DiskFull", severity: "critical" } }]),
    });
    await expect.poll(() => server.mails, { timeout: 30_000 }).toHaveLength(1);
    const [told] = server.mails;
    expect(told).toMatchObject({ from: mail.from, to: mail.to });
    expect(told?.text).toMatch(/^Subject: \[FIRING:1\] DiskFull \(critical\)$/m);
  });
});
