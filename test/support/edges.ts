import { ollamaImage } from "./fixtures.ts";
import { randomFrom } from "./random.ts";

/** Keys of a stack's file, objects as they are. */
export type Keys = Readonly<Record<string, unknown>>;

/** Things of this machine that values lead to. */
export interface Surroundings {
  /** Digests of two images that are in the engine, `sha256:…`. */
  readonly ollamaId: string;
  readonly haproxyId: string;
  readonly nodeId: string;
  readonly certificate: string;
  readonly key: string;
  /** A port that another program listens on. */
  readonly takenPort: number;
  /** Ports that nothing listens on. */
  readonly freePorts: readonly number[];
  readonly cpus: number;
}

const digest = `sha256:${"0".repeat(64)}`;
const chatting = { name: "smollm2:135m", digest };
const embedding = { name: "minilm:22m", digest: `sha256:${"1".repeat(64)}`, for: ["embedding"] };
const third = { name: "a/b:c", digest: `sha256:${"2".repeat(64)}` };

/** One to three models, most of which every delivery takes. */
const listsOfModels: readonly unknown[] = [
  ["gemma3n:e4b"],
  ["smollm2:135m", "minilm:22m"],
  [chatting, { ...embedding, preload: true }],
  [{ ...embedding, keepAlive: "0", contextLength: 256 }, chatting],
  [
    { ...third, for: ["chat", "vision", "audio"], keepAlive: "-1s", readiness: { pattern: "." } },
    { ...chatting, preload: "true", readiness: { prompt: "한글", pattern: "\\S", minTokensPerSecond: 0 } },
    embedding,
  ],
  [
    { ...chatting, preload: true },
    { ...embedding, preload: true },
  ],
  ["a/b:c", "a/b:c"],
  "smollm2:135m",
  [],
];

const longest = ["1ms", "0.001s", "1h30m", "1.5s", "1500ms", "168h", "167h59m59.999s"];

/** Values at the edges of every key, most of them within; `undefined` leaves the key out. */
export function edgesOf(around: Surroundings): Readonly<Record<string, readonly unknown[]>> {
  const { ollamaId, haproxyId, nodeId, certificate, key, takenPort, freePorts, cpus } = around;
  const anyPort = freePorts.map(String);
  return {
    models: listsOfModels,
    "models[].name": ["smollm2:135m", "a/b:c", "gemma3n:e4b", "gemma3n:e2b", "gemma3:4b", "x:latest"],
    "models[].digest": [digest, undefined, "sha256:00"],
    "models[].for": [["chat"], ["embedding"], ["vision", "audio"], ["chat", "chat"], [], ["talk"], undefined],
    "models[].preload": [true, false, "yes"],
    "models[].contextLength": [256, 131072, 255, 4_194_304, 4_194_305, undefined],
    "models[].keepAlive": ["0", "-1s", "1ms", "2500000h", "2500001h", undefined],
    "models[].readiness.prompt": ["x", "한글", "", undefined],
    "models[].readiness.pattern": [".", "(", undefined],
    "models[].readiness.minTokensPerSecond": [0, "0.001", "-1", undefined],
    registry: ["https://registry.ollama.ai", "http://127.0.0.1:1", "https://[::1]:5000", "http://example.org"],
    delivery: ["pull", "embedded", "copy"],
    baseImage: [ollamaId, ollamaImage, "ollama/ollama", "ollama/ollama:latest"],
    address: ["127.0.0.1", "127.255.255.254", "0.0.0.0", "::", "::0", "::1", "192.0.2.1", "localhost"],
    port: [0, "0", 1, 1023, "65535", ...anyPort, takenPort, 65536, "08080", -1],
    "network.internal": [true, false, "yes"],
    "network.subnet": [undefined, "10.200.0.0/24", "10.200.0.1/24", "10.0.0.0/8"],
    "gateway.enabled": [true, "false", "on"],
    "gateway.image": [haproxyId, "haproxy:3.2.26"],
    "gateway.usher.image": [nodeId, "node:24"],
    "gateway.usher.memory": ["128m", "1TiB", "1048576GiB", "127m"],
    "gateway.usher.cpus": [0, "0.01", String(cpus), "0.009", cpus + 1],
    "gateway.clients": [["a"], ["a", "b-2"], ["a".repeat(32)], ["a".repeat(33)], ["a", "a"], []],
    "gateway.clients[].name": ["z9-", "Z"],
    "gateway.clients[].endpoints": [["version"], ["openai", "openai"], [], ["push"]],
    "gateway.clients[].models": [["smollm2:135m"], ["other:1"], [], undefined],
    "gateway.clients[].maxParallel": [1, 10_001, 0, undefined],
    "gateway.clients[].maxQueue": [0, 10_000, 10_001, undefined],
    "gateway.clients[].priority": [-1000, 1000, 1001],
    "gateway.clients[].maxTokens": [1, 10_000_000, 0, undefined],
    "gateway.clients[].allow": [[], ["reload"], ["pull"]],
    "gateway.clients[].rotation": [1, 1_000_000, 0, 1_000_001],
    "gateway.hosts": [["llm.example.org"], ["::1", "192.0.2.7", "A"], ["-", "."], [], ["a:80"], ["a/b"]],
    "gateway.rotationOverlap": ["0", "0s", "8760h", "1m60s", "1500ms", "8760h1s"],
    "gateway.maxQueue": [0, 10_000, 10_001, -1],
    "gateway.reload": ["drop", "refuse", "pass"],
    "gateway.maxBody": ["1m", "1024k", "1048576GiB", "0"],
    "gateway.readTimeout": [...longest, "0s", "169h"],
    "gateway.requestTimeout": ["24h", "1s", "0", "25h"],
    "gateway.holdTimeout": [...longest, "0"],
    "gateway.drainTimeout": [...longest, "-1s"],
    "gateway.tls.mode": ["none", "internal", "files", "acme"],
    "gateway.tls.certificate": [certificate, "relative.pem"],
    "gateway.tls.key": [key, undefined],
    "gateway.subnet": [undefined, "10.200.1.0/29", "10.200.0.128/25", "fd00::/64"],
    "gateway.memory": ["128m", "1TiB", "1048576GiB", "127m"],
    "gateway.cpus": [0, "0.01", String(cpus), "0.009", cpus + 1],
    replacement: ["auto", "recreate", "start-first", "never"],
    "volume.name": ["ab", "A_.-9", "a"],
    "volume.readOnly": [true, false, 1],
    "volume.prune": [true, false, "yes"],
    "volume.retainOnDelete": [true, false, 1],
    memory: ["0", "64m", "16GiB", "1048576GiB", "63m", "6m", "1048577GiB", "1.5", "-1"],
    memoryReservation: ["0", "6m", "64m", "1048576GiB", "5m"],
    shmSize: ["1m", "64m", "1048576GiB", "0"],
    cpus: [0, "0.01", "0.015", "1.125", "1.00000001", String(cpus), "0.001", cpus + 0.5, 1000],
    gpus: ["none", "0", "all", "1", "device=0", "-1"],
    restart: ["no", "on-failure", "always", "unless-stopped", "never"],
    "logging.maxSize": ["1m", "1024k", "1048576GiB", "0", "1k"],
    "logging.maxFile": [1, 2, Number.MAX_SAFE_INTEGER, 0],
    "ollama.origins": [
      [],
      ["*"],
      ["http://localhost:8080", "https://a.example.org"],
      ["http://*.example.org", "http://127.0.0.1:*"],
      ["chrome-extension://abcdef", "app://*"],
      ["app.example.org"],
      ["http://a/"],
      ["http://a:80"],
      ["http://*.a.*"],
    ],
    "ollama.numParallel": [1, 256, 0, 257],
    "ollama.maxLoadedModels": [1, 256, 0],
    "ollama.keepAlive": ["0", "-1s", "1ms", "-1h", "2500000h", "2500001h", "5"],
    "ollama.maxQueue": [1, 65_536, 0, 65_537],
    "ollama.loadTimeout": ["0", "1ms", "0.5h", "2500000h", "-1s"],
    "ollama.contextLength": [256, 32768, 32769, 131072, 255, 4_194_304, 4_194_305],
    "ollama.threads": [1, cpus, 512, 513, 0, undefined],
    "ollama.flashAttention": ["auto", "on", "off", "yes"],
    "ollama.kvCacheType": ["f16", "q8_0", "q4_0", "q5_0"],
    "ollama.cacheRam": ["0", "1m", "1048576GiB", "-1"],
    "ollama.gpuOverhead": ["0", "1m", "1048576GiB"],
    "ollama.noCloud": [true, false],
    "ollama.debug": [true, "false"],
    "ollama.env": [
      {},
      { EMPTY: "" },
      { A: "b=c d $HOME ${HOME} %s 한글" },
      { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "" },
      { OLLAMA_VULKAN: "0", OLLAMA_NOHISTORY: 1 },
      { HOME: "/root" },
      { PATH: "/nowhere" },
      { OLLAMA_PORT: 1 },
      { "A-B": 1 },
    ],
    "readiness.prompt": ["x", "한글", "", '"'],
    // Each that is allowed fits whatever a model may say to the prompts above.
    "readiness.pattern": [".", "\\S", "(", ""],
    "readiness.timeout": [...longest, "600h", "1.1h", "0"],
    "readiness.minTokensPerSecond": [0, "0.001", "-1"],
    "readiness.requireGpu": [false, true],
    // Its images are at hand where it has tests of its own.
    "monitoring.enabled": [false, "false", undefined, "on"],
    "monitoring.port": [0, "9090", 65536, takenPort],
    "monitoring.alertsPort": [0, 1, "65535", -1],
    "monitoring.subnet": [undefined, "10.201.0.0/24", "10.201.0.1/24"],
    "monitoring.retentionTime": ["1h", "8760h", "8761h", "0s"],
    "monitoring.retentionSize": ["64m", "1TiB", "63m"],
    "monitoring.scrapeInterval": [...longest, "0"],
    "monitoring.generationInterval": [...longest, "0"],
    "monitoring.prometheus.image": [ollamaId, "a:1", "a"],
    "monitoring.prometheus.memory": ["128m", "1TiB", "127m"],
    "monitoring.alertmanager.image": [ollamaId, "a:1", "a"],
    "monitoring.alertmanager.memory": ["32m", "1TiB", "31m"],
    "monitoring.alertmanager.webhook": ["http://127.0.0.1:1/hook", "https://user@host/", "file:///a", undefined],
    "monitoring.alertmanager.mail.smarthost": ["mail.example.org:25", "mail.example.org"],
    "monitoring.alertmanager.mail.from": ["a@example.org", "a"],
    "monitoring.alertmanager.mail.to": ["b@example.org", ""],
    "monitoring.blackboxExporter.image": [ollamaId, "a:1", "a"],
    "monitoring.blackboxExporter.memory": ["32m", "1TiB", "31m"],
    "monitoring.jsonExporter.image": [ollamaId, "a:1", "a"],
    "monitoring.jsonExporter.memory": ["32m", "1TiB", "31m"],
    "monitoring.nodeExporter.image": [ollamaId, "a:1", "a"],
    "monitoring.nodeExporter.memory": ["64m", "1TiB", "63m"],
    "monitoring.gpuExporter.image": [ollamaId, "a:1", "a"],
    "monitoring.gpuExporter.memory": ["64m", "1TiB", "63m"],
    "monitoring.grafana.image": [ollamaId, "a:1", "a"],
    "monitoring.grafana.memory": ["128m", "1TiB", "127m"],
    "monitoring.grafana.enabled": [false, "true", 1],
    "monitoring.grafana.port": [0, "3000", 65536],
    "watcher.enabled": [false, "false", undefined, "on"],
    "watcher.image": [nodeId, "node"],
    "watcher.memory": ["64m", "1TiB", "63m"],
    "watcher.interval": [...longest, "0"],
    "watcher.generationInterval": [...longest, "0"],
    "watcher.timeout": [...longest, "0"],
    "watcher.maxActions": [0, "1000", 1001, -1],
  };
}

/** Sets a value at a path such as `gateway.clients[].name`, in the first element of a list. */
function withValue(keys: Keys, [first = "", ...rest]: readonly string[], value: unknown): Keys {
  const name = first.replace("[]", "");
  const old = keys[name];
  if (rest.length === 0) return { ...keys, [name]: value };
  if (name === first) return { ...keys, [name]: withValue((old ?? {}) as Keys, rest, value) };
  const [element = name === "models" ? chatting : "backend", ...others] = Array.isArray(old) ? (old as unknown[]) : [];
  const object = typeof element === "string" ? { name: element } : (element as Keys);
  return { ...keys, [name]: [withValue(object, rest, value), ...others] };
}

/** Stacks that most edges are valid in. */
function bases({ ollamaId, haproxyId, nodeId, freePorts }: Surroundings): readonly Keys[] {
  const models = [chatting];
  const embedded = { models, delivery: "embedded", baseImage: ollamaId, port: freePorts[0], memory: "1GiB" };
  return [
    { models, baseImage: ollamaImage, port: freePorts[0], memory: "1GiB" },
    { ...embedded, gateway: { enabled: true, clients: ["backend"], image: haproxyId, usher: { image: nodeId } } },
    { ...embedded, network: { internal: true } },
  ];
}

/** The configuration of that number: one edge after the other, each among up to three others that the seed chooses. */
export function edgeConfiguration(index: number, seed: number, around: Surroundings): Keys {
  const all = Object.entries(edgesOf(around)).flatMap(([path, values]) =>
    values.map((value) => [path, value] as const),
  );
  const random = randomFrom(seed + index);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  // A step that shares no factor with the count comes by all of them, far apart.
  const chosen = [
    all[(index * 97) % all.length] ?? pick(all),
    ...Array.from({ length: Math.floor(random() * 4) }, () => pick(all)),
  ];
  const [[firstPath]] = chosen as [readonly [string, unknown]];
  const base = firstPath.startsWith("gateway.") ? bases(around)[1] : pick(bases(around));
  return chosen.reverse().reduce<Keys>((keys, [path, value]) => withValue(keys, path.split("."), value), base ?? {});
}

/** How many configurations to try: `EDGE_CONFIGS`, or this many. */
export function edgeCount(usual: number): number {
  return Number(process.env["EDGE_CONFIGS"] ?? usual);
}
