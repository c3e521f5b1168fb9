/** What Docker does when a container's first process ends; see https://docs.docker.com/reference/cli/docker/container/run/#restart. */
export type RestartPolicy = "no" | "on-failure" | "always" | "unless-stopped";
