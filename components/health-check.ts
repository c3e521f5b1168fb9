import { goDuration } from "../support/units.ts";

/**
 * The slice of container arguments with Docker's health check.
 *
 * It asks through a program of the image, which has no curl. It shows that the server answers; that the model generates
 * is the readiness gate's business.
 */
export function healthCheckArgs(program: readonly string[]) {
  return {
    healthcheck: {
      tests: ["CMD", ...program],
      interval: goDuration(30),
      timeout: goDuration(10),
      startPeriod: goDuration(60),
      retries: 3,
    },
  };
}
