import type { Problem } from "./problems.ts";
import { pinAdvice, pinned, type Rule } from "./rule.ts";
import type { StackConfig } from "./schema.ts";

/** A rule for stacks whose watcher is on. */
function whenOn(rule: (watcher: StackConfig["watcher"]) => Problem | undefined): Rule {
  return ({ watcher }) => (watcher?.enabled ? rule(watcher) : undefined);
}

const imageIsPinned = whenOn(({ image }) =>
  pinned(image)
    ? undefined
    : { path: ["watcher", "image"], message: `the watcher needs an image that cannot move: ${pinAdvice}` },
);

const looksBeforeItAsks = whenOn(({ interval, generationInterval }) =>
  interval <= generationInterval
    ? undefined
    : {
        path: ["watcher", "interval"],
        message: `it looks every ${interval} s, and is to ask a model every ${generationInterval} s: write ${generationInterval}s or less`,
      },
);

const looksWithinTimeout = whenOn(({ interval, timeout }) =>
  interval * 2 <= timeout
    ? undefined
    : {
        path: ["watcher", "timeout"],
        message: `it looks every ${interval} s, and would not see that something comes of an answer in ${timeout} s: write ${interval * 2}s or more`,
      },
);

/** Rules of the watcher. */
export const watcherRules: readonly Rule[] = [imageIsPinned, looksBeforeItAsks, looksWithinTimeout];
