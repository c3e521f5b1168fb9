import { runInVolume } from "../engine/volume.ts";
import { parseTakenOver, takeOverScript } from "../ollama/old-layout.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";
import { withHeartbeat } from "../support/progress.ts";
import type { OwnVolumeInput } from "../components/volume-owner.ts";

await main(async () => {
  const { volume, image, userId } = await readInput<OwnVolumeInput>();
  const work = runInVolume({ volume, image }, takeOverScript, { user: userId });
  const text = await withHeartbeat(`Looking for models of another server in the volume ${volume}`, work).catch(
    (error: unknown) => {
      throw new Failure(
        `The models in the volume ${volume} cannot be taken over: ${reasonOf(error)}. Nothing was lost; give the user ${userId} the right to it, or free space, and run \`pulumi up\` again`,
      );
    },
  );
  const { linked, moved, models } = parseTakenOver(text);
  if (linked + moved + models === 0) {
    process.stdout.write(`The volume ${volume} has no models of another server to take over\n`);
    return;
  }
  const found = `(models: ${models}, blobs: ${linked + moved})`;
  const old =
    moved === 0
      ? "and stays for that server"
      : `and ${moved} blobs were moved out of it, as its file system has no hard links`;
  process.stdout.write(
    `The volume ${volume} was another server's home: what its folder models/ has is used as it is ${found}, ${old}\n`,
  );
});
