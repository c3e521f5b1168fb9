import * as z from "zod";
import { key } from "./about.ts";
import { boolean, image, integer, positiveSeconds, sizeFrom } from "./primitives.ts";

/** The container that notices when the model no longer answers as it should, and does something about it. */
export const watcher = z.strictObject({
  enabled: key(boolean().prefault(false), {
    en: "Whether a watcher looks after the server: it loads a model again, or starts the server again, when it does not answer as it should.",
    ko: "서버를 지켜보는 watcher를 둘지 여부. 제대로 응답하지 않으면 모델을 다시 적재하거나 서버를 다시 시작한다.",
  }),
  image: key(
    image.prefault(
      "node:24.20.0-bookworm-slim@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e",
    ),
    {
      en: "The Node image that it runs on, as `gateway.usher.image`.",
      ko: "실행에 쓰는 Node 이미지. `gateway.usher.image`와 같다.",
    },
  ),
  memory: key(sizeFrom(64).prefault("128m"), {
    en: "Memory limit of the watcher, `64m` or more.",
    ko: "watcher 메모리 제한. `64m` 이상.",
  }),
  interval: key(positiveSeconds.prefault("10s"), {
    en: "How often it looks at what costs nothing: whether the server answers, and where the models lie.",
    ko: "비용이 들지 않는 점검(서버가 응답하는지, 모델이 어디에 있는지)의 간격.",
  }),
  generationInterval: key(positiveSeconds.prefault("1m"), {
    en: "How long a model may have answered nobody before it is asked for a few tokens.",
    ko: "모델이 아무에게도 응답하지 않은 지 이만큼 지나면 토큰 몇 개를 생성해 본다.",
  }),
  timeout: key(positiveSeconds.prefault("2m"), {
    en: "How long such an answer may take before the runner counts as stuck.",
    ko: "그 응답이 이 시간 안에 끝나지 않으면 runner가 멈춘 것으로 본다.",
  }),
  maxActions: key(integer(0, 1000).prefault(3), {
    en: "How often an hour it does something; beyond that it only tells. `0` for telling alone.",
    ko: "한 시간에 조치하는 최대 횟수. 넘으면 알리기만 한다. `0`이면 항상 알리기만 한다.",
  }),
});
