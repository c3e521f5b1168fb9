import { add, countText, nothing, type Count } from "./count.ts";
import { runLevels } from "./lanes.ts";
import { levels, type Level } from "./levels.ts";

const required = (process.env["REQUIRE"] ?? "").split(",").filter((word) => word !== "");
const isRequired = (level: Level) => level.requiredBy.some((word) => required.includes(word));
const asked = `REQUIRE=${required.join(",")} asks for it`;

// So that what was started for the tests is stopped when somebody stops them.
process.on("SIGINT", () => undefined).on("SIGTERM", () => undefined);

const all = await levels();
const ended = await runLevels(all.filter(({ missing }) => missing === undefined));

let total: Count = nothing;
process.stdout.write("\n");
for (const level of all) {
  const [count, line] = result(level);
  total = add(total, count);
  process.stdout.write(`${level.name}: ${line}\n`);
  for (const failure of count.failures) process.stdout.write(`  failed: ${failure.split("\n", 1)[0]}\n`);
}
process.stdout.write(`${countText(total)}\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** How a level counts, and its line in the summary. */
function result(level: Level): [Count, string] {
  if (level.missing !== undefined)
    return isRequired(level)
      ? [{ ...nothing, failed: 1 }, `FAILED, ${asked}, and ${level.missing}`]
      : [{ ...nothing, skipped: 1 }, `skipped, ${level.missing}`];
  const count = ended.filter((one) => one.level === level).reduce((sum, one) => add(sum, one.count), nothing);
  if (count.skipped === 0 || !isRequired(level)) return [count, `ran, ${countText(count)}`];
  return [
    { ...count, failed: count.failed + count.skipped, skipped: 0 },
    `FAILED, ${asked}, and it skipped the tests named above; ${countText(count)}`,
  ];
}
