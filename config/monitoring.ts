import * as z from "zod";
import { key } from "./about.ts";
import { boolean, image, integer, positiveSeconds, sizeFrom, wholeSeconds } from "./primitives.ts";
import { subnet } from "./subnet.ts";

/** A container of the monitoring: its image, and the most memory it may have. */
function part({ is, pinned, memory, least }: { is: string; pinned: string; memory: string; least: number }) {
  const keys = z.strictObject({
    image: key(image.prefault(pinned), {
      en: `The image of ${is}, pinned as \`gateway.image\`.`,
      ko: `${is} 이미지. \`gateway.image\`처럼 고정한다.`,
    }),
    memory: key(sizeFrom(least).prefault(memory), {
      en: `Memory limit of ${is}, \`${least}m\` or more.`,
      ko: `${is} 메모리 제한. \`${least}m\` 이상.`,
    }),
  });
  return keys;
}

const prometheus = part({
  is: "Prometheus",
  pinned: "prom/prometheus:v3.13.4@sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e",
  memory: "512m",
  least: 128,
});

const mail = z.strictObject({
  smarthost: key(
    z
      .string({ error: "write a mail server as host:port, for example mail.example.org:587" })
      .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, "write a mail server as host:port, for example mail.example.org:587"),
    {
      en: "The organisation's mail server, `host:port`.",
      ko: "조직의 메일 서버. `호스트:포트`.",
    },
  ),
  from: key(z.email({ error: "write a mail address" }), { en: "Address of the sender.", ko: "보내는 주소." }),
  to: key(z.email({ error: "write a mail address" }), { en: "Address that alerts go to.", ko: "경보를 받을 주소." }),
});

const alertmanager = part({
  is: "Alertmanager",
  pinned: "prom/alertmanager:v0.34.1@sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a",
  memory: "128m",
  least: 32,
}).extend({
  webhook: key(
    z
      .string({ error: "write an http(s) URL, for example https://alerts.example.org/hook" })
      .refine(
        (value) => /^https?:\/\/[^\s@]+$/.test(value) && URL.canParse(value),
        "write an http(s) URL without credentials, for example https://alerts.example.org/hook",
      )
      .optional(),
    {
      en: "URL that alerts are posted to.",
      ko: "경보를 보낼 URL.",
      fallback: { en: "none", ko: "없음" },
    },
  ),
  mail: key(mail.optional(), {
    en: "Mail that alerts are sent as.",
    ko: "경보를 보낼 메일.",
    fallback: { en: "none", ko: "없음" },
  }),
});

const grafana = part({
  is: "Grafana",
  pinned: "grafana/grafana:13.2.3@sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572",
  memory: "512m",
  least: 128,
}).extend({
  enabled: key(boolean().prefault(false), {
    en: "Whether Grafana shows the dashboards; it is under the AGPL, so it is off unless asked for.",
    ko: "Grafana로 대시보드를 보여 줄지 여부. AGPL 라이선스이므로 기본은 꺼져 있다.",
  }),
  port: key(integer(0, 65535).prefault(3000), {
    en: "Port of Grafana on loopback; `0` for any free one.",
    ko: "루프백에 공개할 Grafana 포트. `0`이면 빈 포트를 쓴다.",
  }),
});

/** Prometheus, Alertmanager and what they ask, in containers of the stack. */
export const monitoring = z.strictObject({
  enabled: key(boolean().prefault(false), {
    en: "Whether Prometheus, Alertmanager and their exporters run beside the service, on a network without a way out.",
    ko: "Prometheus, Alertmanager와 exporter를 서비스 옆에서 실행할지 여부. 외부로 나갈 수 없는 네트워크에 둔다.",
  }),
  port: key(integer(0, 65535).prefault(9090), {
    en: "Port of Prometheus on loopback, which asks for a password; `0` for any free one.",
    ko: "루프백에 공개할 Prometheus 포트. 비밀번호가 필요하다. `0`이면 빈 포트를 쓴다.",
  }),
  alertsPort: key(integer(0, 65535).prefault(9093), {
    en: "Port of Alertmanager on loopback, as `monitoring.port`.",
    ko: "루프백에 공개할 Alertmanager 포트. `monitoring.port`와 같다.",
  }),
  subnet: key(subnet.optional(), {
    en: "Subnet of the monitoring's own network, as `network.subnet`.",
    ko: "모니터링 자체 네트워크의 서브넷. `network.subnet`과 같은 방식으로 적는다.",
    fallback: { en: "Docker's choice", ko: "Docker가 고른 것" },
  }),
  retentionTime: key(wholeSeconds.prefault("720h"), {
    en: "How long figures are kept.",
    ko: "지표를 보관하는 기간.",
  }),
  retentionSize: key(sizeFrom(64).prefault("4GiB"), {
    en: "Disk that figures take at most; the oldest go first.",
    ko: "지표가 차지하는 디스크의 최대 크기. 넘으면 오래된 것부터 지운다.",
  }),
  scrapeInterval: key(positiveSeconds.prefault("15s"), {
    en: "How often every part is asked for its figures.",
    ko: "각 구성 요소에서 지표를 가져오는 간격.",
  }),
  generationInterval: key(positiveSeconds.prefault("5m"), {
    en: "How often each model is asked for a few tokens, as a client of its own; none where not all are in memory at once.",
    ko: "모델마다 전용 클라이언트로 토큰 몇 개를 생성해 보는 간격. 모든 모델이 한꺼번에 메모리에 있을 수 없으면 묻지 않는다.",
  }),
  prometheus: key(prometheus.prefault({}), {
    en: "Prometheus, which keeps the figures.",
    ko: "지표를 보관하는 Prometheus.",
  }),
  alertmanager: key(alertmanager.prefault({}), {
    en: "Alertmanager, which sends alerts to people.",
    ko: "경보를 사람에게 보내는 Alertmanager.",
  }),
  blackboxExporter: key(
    part({
      is: "the blackbox exporter",
      pinned: "prom/blackbox-exporter:v0.28.0@sha256:e753ff9f3fc458d02cca5eddab5a77e1c175eee484a8925ac7d524f04366c2fc",
      memory: "64m",
      least: 32,
    }).prefault({}),
    { en: "Asks the service as a stranger would.", ko: "외부에서 보듯 서비스에 요청해 보는 blackbox exporter." },
  ),
  jsonExporter: key(
    part({
      is: "json_exporter",
      pinned:
        "quay.io/prometheuscommunity/json-exporter:v0.7.0@sha256:3a777171d39ad435cb39519e84e0a8b5c63c7e716cc06011f8140cfaabfc1baf",
      memory: "64m",
      least: 32,
    }).prefault({}),
    { en: "Turns what Ollama tells into figures.", ko: "Ollama의 응답을 지표로 바꾸는 json_exporter." },
  ),
  nodeExporter: key(
    part({
      is: "node_exporter",
      pinned: "prom/node-exporter:v1.12.1@sha256:1b4e4438faca4dd7e001dd445d161a4a2091b0fededa84093b3a8dfeae1f1be0",
      memory: "128m",
      least: 64,
    }).prefault({}),
    { en: "Tells the host's figures.", ko: "호스트 지표를 알려 주는 node_exporter." },
  ),
  gpuExporter: key(
    part({
      is: "the GPU exporter",
      pinned:
        "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless@sha256:60d3b00ac80b4ae77f94dae2f943685605585ad9e92fdccda3154d009ae317cc",
      memory: "512m",
      least: 64,
    }).prefault({}),
    {
      en: "Tells the GPUs' figures, where `gpus` reserves some: dcgm-exporter, or nvidia_gpu_exporter for cards that DCGM does not know.",
      ko: "`gpus`로 GPU를 예약한 스택에서 GPU 지표를 알려 준다. dcgm-exporter를 쓰고, DCGM이 모르는 카드라면 nvidia_gpu_exporter를 적는다.",
    },
  ),
  grafana: key(grafana.prefault({}), { en: "Grafana, which shows dashboards.", ko: "대시보드를 보여 주는 Grafana." }),
});
