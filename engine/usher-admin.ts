import { programIn } from "../docker/program-image.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { sendText } from "./docker.ts";

/**
 * Has a running usher go by settings from now on, and after a restart.
 * @throws Failure with the usher's own words when it does not take them; it goes on with what it has
 */
export async function configureUsher(container: string, settings: object): Promise<void> {
  const command = ["exec", "-i", container, ...programIn("usher"), "configure"];
  await sendText(command, JSON.stringify(settings)).catch((error: unknown) => {
    throw new Failure(`The usher did not take its settings: ${reasonOf(error)}`);
  });
}
