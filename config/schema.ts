import { isIP } from "node:net";
import * as z from "zod";
import { canonicalAddress } from "../support/address.ts";
import { key } from "./about.ts";
import { gateway } from "./gateway.ts";
import { gpuReservation } from "./gpu-reservation.ts";
import { ollama } from "./ollama.ts";
import { models } from "./models.ts";
import { monitoring } from "./monitoring.ts";
import { boolean, cpus, image, integer, sizeFrom, sizeMiB, word } from "./primitives.ts";
import { readiness } from "./readiness.ts";
import { subnet } from "./subnet.ts";
import { watcher } from "./watcher.ts";

const registry = z
  .string({ error: "write an http(s) URL without a path, for example https://registry.ollama.ai" })
  .refine((value) => /^https?:\/\/[^/\s@]+$/.test(value) && URL.canParse(value), {
    error: "write an http(s) URL without a path or credentials, for example https://registry.ollama.ai",
    abort: true,
  })
  .refine((value) => {
    const { protocol, hostname } = new URL(value);
    return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  }, "use https: plain http is accepted for a registry on loopback only");

const network = z.strictObject({
  internal: key(boolean().prefault(false), {
    en: "Whether the server's network has no way out; nothing of the server is published then. Only with `embedded`; `gateway.enabled` implies it.",
    ko: "서버 네트워크를 외부와 차단할지 여부. 차단하면 서버는 공개되지 않는다. `embedded`에서만 쓸 수 있고, `gateway.enabled`이면 항상 차단된다.",
  }),
  subnet: key(subnet.optional(), {
    en: "Subnet of the server's network, for example `10.200.0.0/24`; where Docker's own choice would collide with the organisation's networks.",
    ko: "서버 네트워크의 서브넷. 예: `10.200.0.0/24`. Docker가 고르는 주소가 조직의 네트워크와 겹칠 때 적는다.",
    fallback: { en: "Docker's choice", ko: "Docker가 고른 것" },
  }),
});

const volume = z.strictObject({
  name: key(
    z
      .string({ error: "write a volume name" })
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/,
        "write letters, digits, '_', '.' and '-', two or more, a letter or digit first",
      )
      .prefault("ollama-models"),
    {
      en: "Docker volume for pulled models; only with `pull`. One that is there is used as it is, with the models in it or in its folder `models/`.",
      ko: "내려받은 모델을 두는 Docker 볼륨. `pull`에서만 쓴다. 이미 있는 볼륨은 그 안이나 그 안의 `models/` 폴더에 있는 모델까지 그대로 사용한다.",
    },
  ),
  readOnly: key(boolean().prefault(false), {
    en: "Whether the server may only read the volume: nothing is pulled, the models have to be in it, and the server's network may be internal.",
    ko: "서버가 볼륨을 읽기만 할지 여부. 아무것도 내려받지 않으므로 모델이 이미 볼륨에 있어야 하고, 서버 네트워크를 차단할 수 있다.",
  }),
  prune: key(boolean().prefault(false), {
    en: "Whether models that the stack has pulled and that are no longer in `models` are removed from it; what another model needs of them stays.",
    ko: "스택이 내려받았지만 더 이상 `models`에 없는 모델을 볼륨에서 지울지 여부. 다른 모델이 함께 쓰는 부분은 남긴다.",
  }),
  retainOnDelete: key(boolean().prefault(true), {
    en: "Whether it stays when the stack is taken down; one that the stack has not made always does.",
    ko: "스택을 내려도 볼륨을 남길지 여부. 스택이 만들지 않은 볼륨은 항상 남는다.",
  }),
});

/** A size of memory, 0 for none, and MiB below which it is of no use to somebody. */
const memoryFrom = (least: number, who: string) =>
  sizeMiB.refine((size) => size === 0 || size >= least, `write ${least}m or more, which ${who}, or 0 for none`);

const logging = z.strictObject({
  maxSize: key(sizeFrom(1).prefault("10m"), {
    en: "Size at which a new log file is begun.",
    ko: "새 로그 파일로 넘어가는 크기.",
  }),
  maxFile: key(integer(1).prefault(3), { en: "Log files kept.", ko: "보관하는 로그 파일 수." }),
});

/**
 * The configuration of one stack: each key with its values, its default, and what it means.
 *
 * Sizes come out in MiB, durations in seconds; durations meant for Ollama stay as written.
 */
export const configSchema = z.strictObject({
  models: key(models, {
    en: "The models to serve, each by its name alone or with the keys below; their order is that of their layers in the image.",
    ko: "서비스할 모델. 이름만 적거나 아래 키를 함께 적는다. 순서는 이미지에 쌓이는 레이어의 순서이다.",
  }),
  registry: key(registry.prefault("https://registry.ollama.ai"), {
    en: "Where models come from: Ollama's library or an OCI registry, without path or credentials; plain http only on loopback.",
    ko: "모델을 가져오는 곳. Ollama 라이브러리 또는 OCI 레지스트리(경로와 인증 정보 없음). 평문 http는 루프백에서만 허용한다.",
  }),
  delivery: key(word(["pull", "embedded"]).prefault("pull"), {
    en: "`pull` downloads the models into a volume; `embedded` builds an image that contains them.",
    ko: "`pull`: 모델을 볼륨에 내려받는다. `embedded`: 모델을 넣은 이미지를 만든다.",
  }),
  baseImage: key(
    image.prefault("ollama/ollama:0.33.3@sha256:32931b46719f673c05fdbaa81ccb26da18ea4a1c57590a754874ab28ba269eb2"),
    {
      en: "The Ollama image; with `embedded` pinned by digest, or the `sha256:…` digest of a loaded one's configuration.",
      ko: "Ollama 이미지. `embedded`에서는 다이제스트로 고정하거나, 적재된 이미지라면 그 설정의 `sha256:…` 다이제스트를 적는다.",
    },
  ),
  address: key(
    z
      .string()
      .refine((value) => isIP(value) !== 0 && !value.includes("%"), "write an IP address, for example 127.0.0.1")
      .transform(canonicalAddress)
      .prefault("127.0.0.1"),
    {
      en: "IP address of the host to publish on, of the gateway where there is one, which beyond loopback needs `gateway.tls`.",
      ko: "공개할 호스트의 IP 주소. 게이트웨이가 있으면 게이트웨이의 주소이며, 루프백이 아니면 `gateway.tls`가 필요하다.",
    },
  ),
  port: key(integer(0, 65535).prefault(11434), {
    en: "Published port, of the gateway where there is one; `0` for any free one.",
    ko: "공개할 포트. 게이트웨이가 있으면 게이트웨이의 포트이다. `0`이면 빈 포트를 쓴다.",
  }),
  network: key(network.prefault({}), { en: "The network of the server's container.", ko: "서버 컨테이너의 네트워크." }),
  gateway: key(gateway.prefault({}), {
    en: "The gateway in front of the server: who may ask what, and how much at a time.",
    ko: "서버 앞의 게이트웨이. 누가 무엇을 얼마나 요청할 수 있는지 정한다.",
  }),
  replacement: key(word(["auto", "recreate", "start-first"]).prefault("auto"), {
    en: "How a changed container replaces the running one: `recreate` removes the old one first, `start-first` after the new one has passed its gate; `auto` is `recreate` where a fixed port is published without a gateway.",
    ko: "바뀐 컨테이너로 교체하는 방법. `recreate`는 이전 컨테이너를 먼저 제거하고, `start-first`는 새 컨테이너가 준비 검사를 통과한 뒤 제거한다. `auto`는 게이트웨이 없이 고정 포트를 공개할 때 `recreate`이다.",
  }),
  volume: key(volume.prefault({}), { en: "The volume that holds pulled models.", ko: "내려받은 모델을 두는 볼륨." }),
  memory: key(memoryFrom(64, "Ollama needs to start without a model").prefault("12GiB"), {
    en: "Memory limit of the server, no swap beyond it; `0` for none.",
    ko: "서버 메모리 제한. 스왑은 쓰지 않는다. `0`이면 제한하지 않는다.",
  }),
  memoryReservation: key(memoryFrom(6, "Docker needs for a container").prefault("0"), {
    en: "Memory the server keeps when the host runs short; `0` for none.",
    ko: "호스트 메모리가 부족할 때도 서버에 보장하는 메모리. `0`이면 보장하지 않는다.",
  }),
  shmSize: key(sizeMiB.refine((size) => size >= 1, "write 1m or more; Docker's own default is 64m").prefault("64m"), {
    en: "Size of `/dev/shm`.",
    ko: "`/dev/shm`의 크기.",
  }),
  cpus: key(cpus.prefault(0), {
    en: "CPU limit of the server, for example `8` or `1.5`; `0` for none.",
    ko: "서버 CPU 제한. 예: `8`, `1.5`. `0`이면 제한하지 않는다.",
  }),
  gpus: key(gpuReservation.prefault("none"), {
    en: "NVIDIA GPUs: `none`, `all`, a count, or `device=0,2` with indices or UUIDs.",
    ko: "NVIDIA GPU: `none`, `all`, 개수, 또는 번호나 UUID를 적은 `device=0,2`.",
    reserves: ["NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"],
  }),
  restart: key(word(["no", "on-failure", "always", "unless-stopped"]).prefault("unless-stopped"), {
    en: "Docker's restart policy of every container: `no`, `on-failure`, `always` or `unless-stopped`.",
    ko: "모든 컨테이너의 Docker 재시작 정책: `no`, `on-failure`, `always`, `unless-stopped`.",
  }),
  logging: key(logging.prefault({}), {
    en: "Rotation of the containers' json-file logs.",
    ko: "컨테이너 json-file 로그의 순환.",
  }),
  ollama: key(ollama.prefault({}), {
    en: "Tuning of the server; each key is the camel-cased name of the variable it sets.",
    ko: "서버 조정값. 각 키는 설정하는 환경 변수 이름을 camelCase로 쓴 것이다.",
  }),
  readiness: key(readiness.prefault({}), {
    en: "What the models must do before `up` is done.",
    ko: "`up`이 끝나기 전에 모델이 통과해야 하는 검사.",
  }),
  monitoring: key(monitoring.prefault({}), {
    en: "Figures, alerts and dashboards of the service, with nothing from outside.",
    ko: "서비스의 지표, 경보, 대시보드. 외부의 도움 없이 동작한다.",
  }),
  watcher: key(watcher.prefault({}), {
    en: "What looks after the server, and mends what it can by itself.",
    ko: "서버를 지켜보며 스스로 고칠 수 있는 것을 고치는 watcher.",
  }),
});

/** A stack's configuration, checked key by key; the rules between keys are in rules.ts. */
export type StackConfig = z.infer<typeof configSchema>;
