import * as z from "zod";
import { key } from "./about.ts";
import { boolean, cpus, image, integer, positiveSeconds, sizeFrom, wholeSeconds, word } from "./primitives.ts";
import { subnet } from "./subnet.ts";

/** Kinds of requests that a client can be allowed; gateway/endpoints.ts says which requests these are. */
export const endpointNames = ["generate", "chat", "embed", "tags", "show", "ps", "version", "openai"] as const;

/** A word of the key `endpoints`. */
export type Endpoint = (typeof endpointNames)[number];

const clientKeys = z.strictObject(
  {
    name: key(
      z
        .string({ error: "write a name, for example backend" })
        .regex(/^[a-z][a-z0-9-]{0,31}$/, "write small letters, digits and '-', 32 at most, a letter first"),
      {
        en: "Name of the client: small letters, digits and `-`, 32 at most, a letter first.",
        ko: "클라이언트 이름. 소문자, 숫자, `-`로 32자까지, 첫 글자는 소문자.",
      },
    ),
    endpoints: key(
      z
        .array(word(endpointNames), { error: `write a list of ${endpointNames.join(", ")}` })
        .min(1, `write a list of ${endpointNames.join(", ")}`)
        .prefault([...endpointNames]),
      {
        en: `What the client may ask: ${endpointNames.map((name) => `\`${name}\``).join(", ")}.`,
        ko: `클라이언트에 허용하는 요청: ${endpointNames.map((name) => `\`${name}\``).join(", ")}.`,
        fallback: { en: "all", ko: "전부" },
      },
    ),
    rotation: key(integer(1, 1_000_000).prefault(1), {
      en: "Number of its token; the next number is another token.",
      ko: "토큰 번호. 1을 올리면 새 토큰이 된다.",
    }),
  },
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
  mode: key(word(["none", "files", "internal"]).prefault("none"), {
    en: "`none`: plain HTTP, on loopback only; `files`: certificate and key of the organisation; `internal`: an authority of the gateway's own.",
    ko: "`none`: 평문 HTTP(루프백 전용), `files`: 조직의 인증서와 키, `internal`: 게이트웨이 자체 인증 기관.",
  }),
  certificate: key(path.optional(), {
    en: "Absolute path of the certificate on the host, PEM, with those between it and its root; with `files`.",
    ko: "호스트에 있는 인증서(PEM)의 절대 경로. 중간 인증서까지 포함한다. `files`일 때 필요하다.",
  }),
  key: key(path.optional(), {
    en: "Absolute path of its key on the host, PEM, without a passphrase; with `files`.",
    ko: "호스트에 있는 개인 키(PEM, 암호 없음)의 절대 경로. `files`일 때 필요하다.",
  }),
});

/** The gateway in front of the server: who may ask what, and how much at a time. */
export const gateway = z.strictObject({
  enabled: key(boolean().prefault(false), {
    en: "Whether the gateway stands in front of the server, which then has no way out and is not published itself; only with `embedded`.",
    ko: "서버 앞에 게이트웨이를 둘지 여부. 켜면 서버는 외부로 나갈 수 없고 직접 공개되지 않는다. `embedded`에서만 쓸 수 있다.",
  }),
  image: key(image.prefault("caddy:2.11.7@sha256:f2a1290d0463aad60660d4ec134943f183ee2a5f6c3eb7bf32dd984f2f020772"), {
    en: "The Caddy image, pinned by digest, or the `sha256:…` ID of a loaded one.",
    ko: "Caddy 이미지. 다이제스트로 고정하거나, 적재된 이미지의 `sha256:…` ID를 적는다.",
  }),
  clients: key(z.array(client, { error: "write a list of clients, for example [backend]" }).prefault([]), {
    en: "Who may ask, one at least: names, or objects with the next three keys.",
    ko: "요청할 수 있는 클라이언트. 하나 이상 필요하다. 이름만 적거나, 아래 세 키를 가진 객체로 적는다.",
  }),
  hosts: key(z.array(host, { error: "write a list of host names, for example [llm.example.org]" }).prefault([]), {
    en: "Further host names and addresses by which clients call the gateway, without a port; needed with `address: 0.0.0.0`.",
    ko: "클라이언트가 게이트웨이를 부르는 호스트 이름과 주소(포트 제외). `address: 0.0.0.0`이면 반드시 적는다.",
  }),
  rotationOverlap: key(wholeSeconds.prefault("24h"), {
    en: "How long a token works once there is a newer one; `0s` for not at all.",
    ko: "새 토큰이 생긴 뒤 이전 토큰을 계속 받는 시간. `0s`이면 바로 끊는다.",
  }),
  maxQueue: key(integer(0).prefault(64), {
    en: "Requests that may wait beyond `ollama.numParallel`; more get 429.",
    ko: "`ollama.numParallel`을 넘어 대기할 수 있는 요청 수. 더 오면 429로 응답한다.",
  }),
  maxBody: key(sizeFrom(1).prefault("32m"), {
    en: "Greatest length of a request's body; images count in base64.",
    ko: "요청 본문의 최대 크기. 이미지는 base64 크기로 계산한다.",
  }),
  readTimeout: key(positiveSeconds.prefault("1m"), {
    en: "Time in which a request has to be sent; its answer may take longer.",
    ko: "요청을 다 보내야 하는 시간. 응답은 더 오래 걸려도 된다.",
  }),
  holdTimeout: key(positiveSeconds.prefault("5m"), {
    en: "How long requests wait for a server that is not there.",
    ko: "서버가 없을 때 요청을 대기시키는 시간.",
  }),
  drainTimeout: key(positiveSeconds.prefault("5m"), {
    en: "How long an old server may take to finish its answers before it is removed.",
    ko: "이전 서버를 제거하기 전에 처리 중이던 응답이 끝나기를 기다리는 시간.",
  }),
  tls: key(tls.prefault({}), { en: "How the gateway proves who it is.", ko: "게이트웨이가 자신을 증명하는 방법." }),
  subnet: key(subnet.optional(), {
    en: "Subnet of the gateway's own network, as `network.subnet`.",
    ko: "게이트웨이 자체 네트워크의 서브넷. `network.subnet`과 같은 방식으로 적는다.",
    fallback: { en: "Docker's choice", ko: "Docker가 고른 것" },
  }),
  memory: key(sizeFrom(128).prefault("256m"), {
    en: "Memory limit of the gateway, `128m` or more.",
    ko: "게이트웨이 메모리 제한. `128m` 이상.",
  }),
  cpus: key(cpus.prefault(1), {
    en: "CPU limit of the gateway; `0` for none.",
    ko: "게이트웨이 CPU 제한. `0`이면 제한하지 않는다.",
  }),
});
