import { runInVolume } from "../engine/volume.ts";
import { reasonOf } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";
import { say, withHeartbeat } from "../support/progress.ts";
import { firstLine, giveScript, unusable, writeScript } from "../engine/volume-rights.ts";
import type { OwnVolumeInput } from "../components/volume-owner.ts";

await main(async () => {
  const { volume, image, userId } = await readInput<OwnVolumeInput>();
  const place = { volume, image };
  const root = { user: 0, capabilities: ["CHOWN", "DAC_READ_SEARCH"] };
  const refused = await withHeartbeat(
    `Giving the volume ${volume} to the user ${userId}`,
    runInVolume(place, giveScript(userId), root),
  ).then(
    () => undefined,
    (error: unknown) => reasonOf(error),
  );
  // NFS with root_squash, CIFS and vfat know no other owners, and may let the user write all the same.
  try {
    await runInVolume(place, writeScript, { user: userId });
  } catch (error) {
    throw unusable({ volume, userId, refused, reason: reasonOf(error) });
  }
  if (refused === undefined) {
    process.stdout.write(`Everything in ${volume} is the user ${userId}'s\n`);
    return;
  }
  say(
    `The volume ${volume} keeps its owners (${firstLine(refused)}), and the user ${userId} can write in it all the same`,
  );
  process.stdout.write(`The user ${userId} can write in ${volume}\n`);
});
