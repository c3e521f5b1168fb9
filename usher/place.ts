/** Where the usher is: its ports and its folder. */
export interface Place {
  /** Where the edge sends requests. */
  readonly port: number;
  /** Where settings are taken, from this host alone. */
  readonly controlPort: number;
  readonly figuresPort: number;
  /** Folder with the settings. */
  readonly folder: string;
}

/** The place that the environment says, else that in the image; `USHER_PORTS` has all three ports. */
export function placeOf(environment: NodeJS.ProcessEnv): Place {
  const { USHER_DATA = "/var/lib/usher", USHER_PORTS = "8080,9464,9465" } = environment;
  const [port = 0, controlPort = 0, figuresPort = 0] = USHER_PORTS.split(",").map(Number);
  return { port, controlPort, figuresPort, folder: USHER_DATA };
}
