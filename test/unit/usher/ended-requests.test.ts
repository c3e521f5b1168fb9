import { expect, it, vi } from "vitest";
import { EndedRequests } from "../../../usher/ended-requests.ts";
import { Figures } from "../../../usher/figures.ts";
import { RequestEntry } from "../../../usher/request-entry.ts";

const ended = () => {
  const log = vi.fn<(lines: string) => void>();
  const figures: Figures = new Figures(
    () => 0,
    () => {
      requests.write();
    },
  );
  const requests = new EndedRequests(log, figures);
  for (const client of ["web", "batch"]) {
    figures.begin(client);
    requests.add(new RequestEntry(client, "/api/chat"), 200);
  }
  return { log, figures, requests };
};

it("writes what ends in a short time down at once, a line for each", async () => {
  const { log } = ended();
  expect(log).not.toHaveBeenCalled();
  await vi.waitFor(() => {
    expect(log).toHaveBeenCalledOnce();
  });
  const lines = log.mock.calls.flat().flatMap((text) => text.split("\n"));
  expect(lines.map((line) => (JSON.parse(line) as { client: string }).client)).toEqual(["web", "batch"]);
});

it("writes it down when it is asked to, and once", () => {
  const { log, requests } = ended();
  requests.write();
  requests.write();
  expect(log).toHaveBeenCalledOnce();
});

it("has all that has ended in the figures of that moment", async () => {
  const { figures } = ended();
  const text = await figures.text();
  expect(text).toMatch(/^usher_requests_total\{client="batch",endpoint="\/api\/chat",model="",status="200"\} 1$/m);
  expect(text).toMatch(/^usher_requests_running\{client="web"\} 0$/m);
});
