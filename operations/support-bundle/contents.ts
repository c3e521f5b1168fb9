import { formatBytes } from "../../support/units.ts";
import { sha256Of, type BundleFile } from "./archive.ts";

/** What is said of an archive as a whole. */
export interface BundleOf {
  readonly stack: string;
  readonly host: string;
  readonly made: string;
  /** How many secret values were known and looked for. */
  readonly secrets: number;
  /** Why secret values could not be known; undefined where they are. */
  readonly unknown: string | undefined;
}

/** What was removed, and how it was looked for, in words of one language. */
interface Words {
  readonly title: string;
  readonly lead: (of: BundleOf) => string;
  readonly removedTitle: string;
  readonly removed: (of: BundleOf) => readonly string[];
  readonly unknown: (why: string) => string;
  readonly filesTitle: string;
  readonly columns: readonly string[];
}

const en: Words = {
  title: "Contents of this support bundle",
  lead: ({ stack, host, made }) =>
    `Made on ${host} of the stack ${stack} at ${made}, to be examined outside. The list is for the request to carry it out.`,
  removedTitle: "What was removed",
  removed: ({ secrets }) => [
    "Tokens, their hashes, keys, private keys of certificates, passphrase, passwords, credentials in URLs, Authorization headers, bcrypt hashes and encrypted values: each is replaced by `[removed: what]`.",
    "State, passphrase and private keys were never read into a file of this archive. Prompts and answers: the gateway's logs hold none; of the server's log only messages of known form are kept, and none that can hold a text; prompts of the configuration and answers in the logs of runs are taken out.",
    `How it was searched: ${secrets} secret values of this stack and host were looked for in every file after it was cleaned, as they are, in JSON, in URLs and in base64. The archive is not written when one is found.`,
  ],
  unknown: (why) =>
    `The secret values of the state could not be read (${why}): what has the form of a secret was removed all the same.`,
  filesTitle: "Files",
  columns: ["File", "Size", "SHA-256", "What it holds"],
};

const ko: Words = {
  title: "지원 번들의 내용",
  lead: ({ stack, host, made }) =>
    `${host}에서 스택 ${stack}에 대해 ${made}에 만들었다. 외부에서 원인을 조사하기 위한 것이며, 이 목록은 반출 신청에 쓴다.`,
  removedTitle: "제거한 것",
  removed: ({ secrets }) => [
    "토큰과 그 해시, 키, 인증서 개인 키, 암호 문구, 비밀번호, URL의 인증 정보, Authorization 헤더, bcrypt 해시, 암호화된 값. 모두 `[removed: 종류]`로 바꾸었다.",
    "상태, 암호 문구, 개인 키는 처음부터 파일로 담지 않았다. 프롬프트와 응답: 게이트웨이 로그에는 없다. 서버 로그는 형식이 알려진 메시지만 남기고 본문이 들어갈 수 있는 줄은 뺐다. 구성의 프롬프트와 실행 로그의 응답도 뺐다.",
    `검색 방법: 제거한 뒤 모든 파일에서 이 스택과 호스트의 비밀 값 ${secrets}개를 원문, JSON, URL, base64 형태로 찾았다. 하나라도 남아 있으면 번들을 만들지 않는다.`,
  ],
  unknown: (why) => `상태의 비밀 값을 읽지 못했다(${why}). 비밀의 형식을 가진 것은 그래도 제거했다.`,
  filesTitle: "파일",
  columns: ["파일", "크기", "SHA-256", "내용"],
};

/** The lists of an archive's contents in both languages, as files of it. */
export function contentsFiles(
  of: BundleOf,
  files: readonly BundleFile[],
): { readonly path: string; readonly text: string }[] {
  return [
    { path: "CONTENTS.en.md", text: contents(en, of, files, ({ about }) => about.en) },
    { path: "CONTENTS.ko.md", text: contents(ko, of, files, ({ about }) => about.ko) },
  ];
}

function contents(
  words: Words,
  of: BundleOf,
  files: readonly BundleFile[],
  about: (file: BundleFile) => string,
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = files.map((file) => [
    `\`${file.path}\``,
    formatBytes(Buffer.byteLength(file.text)),
    `\`${sha256Of(file.text)}\``,
    about(file),
  ]);
  const removed = [...words.removed(of), ...(of.unknown === undefined ? [] : [words.unknown(of.unknown)])];
  return [
    `# ${words.title}`,
    words.lead(of),
    `## ${words.removedTitle}`,
    removed.map((line) => `- ${line}`).join("\n"),
    `## ${words.filesTitle}`,
    [row(words.columns), row(words.columns.map(() => "---")), ...rows.map(row)].join("\n"),
    "",
  ].join("\n\n");
}
