import { volumeType } from "../../runner/local-state.ts";
import type { Traits } from "./compare.ts";
import type { Kind } from "./declared.ts";

/** Volumes, with every input that the components declare; what is in them is compared elsewhere, as far as it is. */
export const volumes: Kind = {
  noun: "volume",
  type: volumeType,
  compared: { name: (name: string) => ({ name }) },
  notComparable: {
    labels: "a volume keeps those that it was made with, and one that was there before the stack has its own",
  },
  undeclared: {},
};

/** The part of `docker volume inspect` that is compared. */
export interface InspectedVolume {
  readonly Name: string;
}

/** What of a volume is compared. */
export function volumeTraits({ Name }: InspectedVolume): Traits {
  return { name: Name };
}
