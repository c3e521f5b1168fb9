import { configKeys, nameOf, type ConfigKey } from "./keys.ts";

/** Languages of the documents. */
export const languages = ["en", "ko"] as const;
export type Language = (typeof languages)[number];

/** What the configuration reference says besides the keys. */
interface Words {
  readonly title: string;
  readonly intro: readonly string[];
  readonly key: string;
  readonly default: string;
  readonly variable: string;
  readonly meaning: string;
  /** Headings of the groups, by the first name of their keys; the others are in the first. */
  readonly groups: Readonly<Record<string, string>>;
  readonly last: readonly string[];
}

const words: Readonly<Record<Language, Words>> = {
  en: {
    title: "Configuration",
    intro: [
      "Keys stand in `Pulumi.<stack>.yaml` below `config:` with `gemma:` in front, for example `gemma:memory: 16GiB`. What a stack leaves out has its default, also inside objects: a stack that sets one key of `ollama` keeps the defaults of the others.",
      "All keys are checked before anything is changed, and every problem is listed with file, line and what to write instead. Keys of other projects, and misspelt ones, are refused with the nearest right name. Editors that know [`config/schema.json`](../../config/schema.json), which the first line of each stack's file names, complete and check keys.",
      "Sizes have a unit and are powers of 1024: `16GiB`, `16g`, `512m`. Durations are Go's: `30s`, `5m`, `1h30m`.",
      "No key takes a secret, and encrypted values are refused: variables in `ollama.env` can be read with `docker inspect` and stand in the state in plain text. Tokens are made by `up`, and `gateway.tls.key` is a path.",
      "This page is written by `npm run docs` from the descriptions in `config/`.",
    ],
    key: "Key",
    default: "Default",
    variable: "Variable",
    meaning: "Meaning",
    groups: { "": "Stack", gateway: "Gateway", ollama: "Ollama", readiness: "Readiness gate" },
    last: [
      "## Access",
      "Without a gateway Ollama asks nobody: whoever reaches the address can use the model, and pull or delete models. The default publishes on loopback.",
      "With a gateway everyone but its clients is refused, and clients can do no more than their endpoints. Ollama behind it still asks nobody, and its network is for the gateway alone: no other container belongs there. Containers of this host are clients like any other; see [Networks](gateway.md#networks). What runs on the host itself can reach the addresses of its containers, as the readiness gate does, so log-ins to the host are to be guarded like the tokens.",
      'Beyond loopback, `gateway.tls.mode` must not be `none`, and `ollama.origins: ["*"]` is refused with and without a gateway. Docker publishes ports past host firewalls such as ufw.',
      "## Further stacks",
      "Write `Pulumi.<name>.yaml`, with a port and a volume of its own, and run `npm exec -- node commands/up.ts <name>`.",
    ],
  },
  ko: {
    title: "설정",
    intro: [
      "키는 `Pulumi.<스택>.yaml`의 `config:` 아래에 `gemma:`를 붙여 적는다. 예: `gemma:memory: 16GiB`. 적지 않은 키는 기본값을 쓴다. 객체 안에서도 마찬가지여서, `ollama`의 키 하나만 적으면 나머지는 기본값 그대로다.",
      "모든 키는 변경을 시작하기 전에 검사하며, 문제마다 파일과 줄, 고쳐 쓸 값을 알려 준다. 다른 프로젝트의 키와 철자가 틀린 키는 가장 가까운 이름을 알려 주며 거부한다. 스택 파일의 첫 줄에 적힌 [`config/schema.json`](../../config/schema.json)을 읽는 편집기는 키를 자동 완성하고 검사한다.",
      "크기에는 단위를 붙이며 1024의 거듭제곱이다: `16GiB`, `16g`, `512m`. 시간은 Go 형식이다: `30s`, `5m`, `1h30m`.",
      "비밀 값을 받는 키는 없으며 암호화된 값은 거부한다. `ollama.env`의 변수는 `docker inspect`로 읽을 수 있고 상태 파일에 평문으로 남는다. 토큰은 `up`이 만들고, `gateway.tls.key`는 경로이다.",
      "이 문서는 `config/`의 설명에서 `npm run docs`가 만든다.",
    ],
    key: "키",
    default: "기본값",
    variable: "환경 변수",
    meaning: "의미",
    groups: { "": "스택", gateway: "게이트웨이", ollama: "Ollama", readiness: "준비 검사" },
    last: [
      "## 접근 제어",
      "게이트웨이가 없으면 Ollama는 인증을 요구하지 않는다. 주소에 닿는 누구나 모델을 쓰고, 내려받고, 지울 수 있다. 기본값은 루프백에만 공개한다.",
      "게이트웨이가 있으면 등록된 클라이언트만 받아들이고, 클라이언트는 허용된 엔드포인트만 쓸 수 있다. 뒤에 있는 Ollama 자체는 여전히 인증을 요구하지 않으며, 그 네트워크는 게이트웨이만 쓴다. 다른 컨테이너를 연결하지 않는다. 이 호스트의 컨테이너도 다른 클라이언트와 똑같다([네트워크](gateway.md#네트워크) 참고). 호스트 자체에서 실행되는 것은 준비 검사처럼 컨테이너의 주소에 닿을 수 있으므로, 호스트의 계정은 토큰처럼 관리한다.",
      '루프백 밖에 공개할 때 `gateway.tls.mode`는 `none`일 수 없고, `ollama.origins: ["*"]`는 게이트웨이가 있든 없든 거부한다. Docker가 공개한 포트는 ufw 같은 호스트 방화벽을 거치지 않는다.',
      "## 스택 추가",
      "포트와 볼륨을 따로 정한 `Pulumi.<이름>.yaml`을 만들고 `npm exec -- node commands/up.ts <이름>`을 실행한다.",
    ],
  },
};

/** The configuration reference in a language, as Markdown. */
export function configurationReference(language: Language): string {
  const { title, intro, groups, last } = words[language];
  const keys = configKeys();
  const groupOf = ({ path: [first = ""] }: ConfigKey) => (first in groups ? first : "");
  const tables = Object.entries(groups).flatMap(([group, heading]) => [
    `## ${heading}`,
    table(
      keys.filter((key) => groupOf(key) === group),
      language,
    ),
  ]);
  return `${[`# ${title}`, ...intro, ...tables, ...last].join("\n\n")}\n`;
}

function table(keys: readonly ConfigKey[], language: Language): string {
  const { key, default: fallback, variable, meaning } = words[language];
  const withVariables = keys.some(({ about }) => about.variable !== undefined);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const header = [key, fallback, ...(withVariables ? [variable] : []), meaning];
  const rows = keys.map((entry) => [
    `\`${nameOf(entry)}\``,
    defaultText(entry, language),
    ...(withVariables ? [entry.about.variable === undefined ? "" : `\`${entry.about.variable}\``] : []),
    entry.about[language],
  ]);
  return [header, header.map(() => "---"), ...rows].map(row).join("\n");
}

function defaultText({ about, default: value }: ConfigKey, language: Language): string {
  if (about.fallback !== undefined) return about.fallback[language];
  if (value === undefined) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
