/** How tests ended. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of what failed, with the file. */
  readonly failures: readonly string[];
}

export const nothing: Count = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** The tests of both. */
export function add(a: Count, b: Count): Count {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** For example `312 passed, 0 failed, 4 skipped`. */
export function countText({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
