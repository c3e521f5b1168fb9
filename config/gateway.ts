import * as z from "zod";
import { key } from "./about.ts";
import {
  answerSeconds,
  boolean,
  cpus,
  image,
  integer,
  modelName,
  positiveSeconds,
  sizeFrom,
  wholeSeconds,
  word,
} from "./primitives.ts";
import { subnet } from "./subnet.ts";

/** Kinds of requests that a client can be allowed; edge/endpoints.ts says which requests these are. */
export const endpointNames = [
  "generate",
  "chat",
  "embed",
  "tags",
  "show",
  "ps",
  "version",
  "openai",
  "messages",
  "transcriptions",
] as const;

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
    models: key(
      z
        .array(modelName, { error: "write a list of models, for example [gemma3n:e4b]" })
        .min(1, "write a list of models, for example [gemma3n:e4b], or leave the key out")
        .optional(),
      {
        en: "Models that the client may use; it is told of no others.",
        ko: "클라이언트가 쓸 수 있는 모델. 다른 모델은 없는 것으로 보인다.",
        fallback: { en: "all that are served", ko: "서비스하는 모델 전부" },
      },
    ),
    maxParallel: key(integer(1, 10_000).optional(), {
      en: "Requests of the client that are answered at a time; `ollama.numParallel` at most.",
      ko: "클라이언트의 요청 가운데 동시에 처리하는 수. 최대 `ollama.numParallel`.",
      fallback: { en: "`ollama.numParallel`", ko: "`ollama.numParallel`" },
    }),
    maxQueue: key(integer(0, 10_000).optional(), {
      en: "Requests of the client that may wait beyond those; more get 429.",
      ko: "그 밖에 대기할 수 있는 클라이언트의 요청 수. 더 오면 429로 응답한다.",
      fallback: { en: "`gateway.maxQueue`", ko: "`gateway.maxQueue`" },
    }),
    priority: key(integer(-1000, 1000).prefault(0), {
      en: "Requests of a client with a higher number are served before those of others.",
      ko: "숫자가 큰 클라이언트의 요청을 먼저 처리한다.",
    }),
    maxTokens: key(integer(1, 10_000_000).optional(), {
      en: "Most tokens of an answer, whatever the request asks for.",
      ko: "요청이 무엇을 요구하든 응답의 최대 토큰 수.",
      fallback: { en: "no limit", ko: "제한 없음" },
    }),
    allow: key(z.array(word(["reload"]), { error: "write [reload], or leave the key out" }).prefault([]), {
      en: "`reload`: `keep_alive` and options that load the model again are passed on; for an administrator's client.",
      ko: "`reload`: 모델을 다시 적재하게 하는 `keep_alive`와 옵션을 그대로 전달한다. 관리자용 클라이언트에 쓴다.",
      fallback: { en: "nothing", ko: "없음" },
    }),
    rotation: key(integer(1, 1_000_000).prefault(1), {
      en: "Number of its token; the next number is another token.",
      ko: "토큰 번호. 1을 올리면 새 토큰이 된다.",
    }),
  },
  { error: "write a name, for example backend, or an object with the keys name, endpoints, rotation and others" },
);

/** A client as its name alone, or with what it may ask, how much, and how often its token was rotated. */
const client = z
  .unknown()
  .transform((value) => (typeof value === "string" ? { name: value } : value))
  .pipe(clientKeys);

const usher = z.strictObject({
  image: key(
    image.prefault(
      "node:24.20.0-bookworm-slim@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e",
    ),
    {
      en: "The Node image that it runs on, 24 or later and with a shell, pinned as `gateway.image`.",
      ko: "실행에 쓰는 Node 이미지(24 이상, 셸 포함). `gateway.image`처럼 고정한다.",
    },
  ),
  memory: key(sizeFrom(128).prefault("512m"), {
    en: "Memory limit of the usher, `128m` or more.",
    ko: "usher 메모리 제한. `128m` 이상.",
  }),
  cpus: key(cpus.prefault(1), {
    en: "CPU limit of the usher; `0` for none.",
    ko: "usher CPU 제한. `0`이면 제한하지 않는다.",
  }),
});

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
  image: key(
    image.prefault("haproxy:3.2.22-alpine3.24@sha256:79799e8b2977e60802774fa53d29e6b54e045402cdd8a8b9fe43923e7095a047"),
    {
      en: "The HAProxy image, 3.2 or later, pinned by digest, or the `sha256:…` digest of a loaded one's configuration.",
      ko: "HAProxy 이미지(3.2 이상). 다이제스트로 고정하거나, 적재된 이미지라면 그 설정의 `sha256:…` 다이제스트를 적는다.",
    },
  ),
  usher: key(usher.prefault({}), {
    en: "The server of this program beside Ollama, which reads requests as Ollama does.",
    ko: "Ollama 옆에서 요청을 Ollama와 똑같이 해석하는 이 프로그램의 서버.",
  }),
  clients: key(z.array(client, { error: "write a list of clients, for example [backend]" }).prefault([]), {
    en: "Who may ask, one at least: names, or objects with the next keys.",
    ko: "요청할 수 있는 클라이언트. 하나 이상 필요하다. 이름만 적거나, 아래 키를 가진 객체로 적는다.",
  }),
  hosts: key(z.array(host, { error: "write a list of host names, for example [llm.example.org]" }).prefault([]), {
    en: "Further host names and addresses by which clients call the gateway, without a port; needed with `address: 0.0.0.0`.",
    ko: "클라이언트가 게이트웨이를 부르는 호스트 이름과 주소(포트 제외). `address: 0.0.0.0`이면 반드시 적는다.",
  }),
  rotationOverlap: key(wholeSeconds.prefault("24h"), {
    en: "How long a token works once there is a newer one; `0s` for not at all.",
    ko: "새 토큰이 생긴 뒤 이전 토큰을 계속 받는 시간. `0s`이면 바로 끊는다.",
  }),
  maxQueue: key(integer(0, 10_000).prefault(64), {
    en: "Requests of each client that may wait beyond those that are answered; more get 429.",
    ko: "클라이언트마다 처리 중인 요청 외에 대기할 수 있는 요청 수. 더 오면 429로 응답한다.",
  }),
  reload: key(word(["drop", "refuse"]).prefault("drop"), {
    en: "What becomes of `keep_alive` and options that would load the model again for everyone: `drop` leaves them out of the request, `refuse` answers 403.",
    ko: "모두에게 모델을 다시 적재하게 만드는 `keep_alive`와 옵션의 처리. `drop`은 요청에서 빼고, `refuse`는 403으로 응답한다.",
  }),
  maxBody: key(sizeFrom(1).prefault("32m"), {
    en: "Greatest length of a request's body; images count in base64.",
    ko: "요청 본문의 최대 크기. 이미지는 base64 크기로 계산한다.",
  }),
  readTimeout: key(positiveSeconds.prefault("1m"), {
    en: "Time in which a request has to be sent; its answer may take longer.",
    ko: "요청을 다 보내야 하는 시간. 응답은 더 오래 걸려도 된다.",
  }),
  requestTimeout: key(answerSeconds.prefault("1h"), {
    en: "How long an answer may take, from when the model server has the request.",
    ko: "모델 서버가 요청을 받은 뒤 응답에 걸려도 되는 시간.",
  }),
  holdTimeout: key(positiveSeconds.prefault("5m"), {
    en: "How long requests wait for a server that is not there, or for their turn.",
    ko: "서버가 없거나 차례가 오지 않은 요청을 대기시키는 시간.",
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
    en: "Memory limit of HAProxy, `128m` or more.",
    ko: "HAProxy 메모리 제한. `128m` 이상.",
  }),
  cpus: key(cpus.prefault(1), {
    en: "CPU limit of HAProxy; `0` for none.",
    ko: "HAProxy CPU 제한. `0`이면 제한하지 않는다.",
  }),
});
