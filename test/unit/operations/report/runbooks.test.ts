import { expect, it } from "vitest";
import { sectionsOf } from "../../../../operations/report/runbooks.ts";

const document = `# Runbooks

About \`ServiceDown\` and others.

## \`ServiceDown\`: nothing answers

Run this:

- \`docker ps\`

## DiskFull

Make room.
`;

it("has the section of each alert once, and none of what has no section", () => {
  const alerts = ["DiskFull", "ServiceDown", "DiskFull", "Other", "Disk"].map((name) => ({ name }));
  expect(sectionsOf(document, alerts)).toEqual([
    { id: "runbook-DiskFull", alert: "DiskFull", title: "DiskFull", text: "Make room." },
    {
      id: "runbook-ServiceDown",
      alert: "ServiceDown",
      title: "ServiceDown: nothing answers",
      text: "Run this:\n\n- `docker ps`",
    },
  ]);
});
