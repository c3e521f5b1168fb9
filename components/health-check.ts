import { goDuration } from "./units.ts";

/**
 * The slice of container arguments with Docker's health check.
 *
 * It asks the server through Ollama's own program, because the image has no curl. It shows that the server answers;
 * that the model generates is the readiness gate's business.
 */
export function healthCheckArgs() {
  return {
    healthcheck: {
      tests: ["CMD", "ollama", "list"],
      interval: goDuration(30),
      timeout: goDuration(10),
      startPeriod: goDuration(60),
      retries: 3,
    },
  };
}
