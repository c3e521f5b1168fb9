import { z } from "zod";
import { boolean, decimal, image, integer, positiveSeconds, seconds, sizeMiB, word } from "./primitives.ts";

/** Kinds of requests that a client can be allowed; gateway/endpoints.ts says which requests these are. */
export const endpointNames = ["generate", "chat", "embed", "tags", "show", "ps", "version", "openai"] as const;

/** A word of the key `endpoints`. */
export type Endpoint = (typeof endpointNames)[number];

const clientName = z
  .string({ error: "write a name, for example backend" })
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "write small letters, digits and '-', 32 at most, a letter first");

const endpointList = z
  .array(word(endpointNames), { error: `write a list of ${endpointNames.join(", ")}` })
  .min(1, `write a list of ${endpointNames.join(", ")}`)
  .default([...endpointNames]);

const clientKeys = z.strictObject(
  { name: clientName, endpoints: endpointList, rotation: integer(1, 1_000_000).default(1) },
  { error: "write a name, for example backend, or an object with the keys name, endpoints and rotation" },
);

/** A client as its name alone, or with what it may ask and how often its token was rotated. */
const client = z
  .unknown()
  .transform((value) => (typeof value === "string" ? { name: value } : value))
  .pipe(clientKeys);

const host = z
  .string({ error: "write a host name or address without a port" })
  .regex(/^[A-Za-z0-9.:-]+$/, "write a host name or address without a port, for example llm.example.org")
  .refine((value) => !/^[^:]*:\d+$/.test(value), "write it without a port");

const path = z
  .string({ error: "write the absolute path of a PEM file" })
  .regex(/^\//, "write the absolute path of a PEM file, for example /etc/gemma/tls/certificate.pem");

const tls = z.strictObject({
  mode: word(["none", "files", "internal"]).default("none"),
  certificate: path.optional(),
  key: path.optional(),
});

/** The gateway in front of the server: who may ask what, and how much at a time. */
export const gateway = z.strictObject({
  enabled: boolean().default(false),
  image: image.default("caddy:2.11.7@sha256:f2a1290d0463aad60660d4ec134943f183ee2a5f6c3eb7bf32dd984f2f020772"),
  clients: z.array(client, { error: "write a list of clients, for example [backend]" }).default([]),
  hosts: z.array(host, { error: "write a list of host names, for example [llm.example.org]" }).default([]),
  rotationOverlap: seconds.default(24 * 3600),
  maxQueue: integer(0).default(64),
  maxBody: sizeMiB.refine((size) => size >= 1, "write 1m or more").default(32),
  readTimeout: positiveSeconds.default(60),
  holdTimeout: positiveSeconds.default(300),
  drainTimeout: positiveSeconds.default(300),
  tls: tls.default({ mode: "none" }),
  memory: sizeMiB.refine((size) => size >= 128, "write 128m or more").default(256),
  cpus: decimal().default(1),
});
