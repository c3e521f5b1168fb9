import { expect, it } from "vitest";
import { prometheusOf } from "../../../../operations/report/access.ts";
import { Prometheus } from "../../../../operations/report/prometheus.ts";
import { exitStatus } from "../../../../support/exit-status.ts";

const monitoring = {
  url: "http://127.0.0.1:9",
  alertsUrl: "http://127.0.0.1:8",
  user: "operator",
  figuresContainer: "node-exporter",
};

it("is what the outputs say", () => {
  expect(prometheusOf({ monitoring, monitoringPassword: "secret" }, "prod")).toEqual({
    url: "http://127.0.0.1:9",
    user: "operator",
    password: "secret",
  });
});

it("names the key to set where a stack has no monitoring", () => {
  expect(() => prometheusOf({}, "dev")).toThrow(
    expect.objectContaining({
      status: exitStatus.absent,
      message: expect.stringContaining("set enabled: true under gemma:monitoring") as string,
    }),
  );
});

it("says where nothing answers, and no password", async () => {
  const prometheus = new Prometheus(prometheusOf({ monitoring, monitoringPassword: "secret" }, "prod"));
  const error = await prometheus.query("up", 0).catch((reason: unknown) => String(reason));
  expect(error).toMatch(
    /^Failure: Prometheus at http:\/\/127\.0\.0\.1:9 does not answer \(.+\): see whether its container/,
  );
  expect(error).not.toContain("secret");
});
