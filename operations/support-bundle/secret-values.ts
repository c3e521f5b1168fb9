import { tokenHash } from "../../edge/token.ts";

/** A value that must not leave the host, and what it is. */
export interface Secret {
  readonly value: string;
  readonly what: string;
}

/** Below this a value is a word that may stand anywhere. */
const leastLength = 8;

/** Names of settings whose values are secret. */
export const secretName = /(?<!by)PASS|TOKEN|SECRET|KEY|CREDENTIAL/i;

/** How Pulumi marks a secret in a state that it shows. */
const mark = { key: "4dabf18193072939515e22adb298388d", value: "1b47061264138c4ac30d75fd1eb44270" } as const;

/** Every secret value in a state as `pulumi stack export --show-secrets` writes it. */
export function secretsOfState(state: unknown): Secret[] {
  const found = new Map<string, Secret>();
  const add = (secret: Secret) => {
    if (secret.value.length >= leastLength) found.set(secret.value, secret);
  };
  // A resource is often secret as a whole, with names and digests that stand elsewhere for everybody to read.
  const readable = JSON.stringify(state, (_, value: unknown) => (isMarked(value) ? undefined : value));
  for (const text of plaintexts(state))
    for (const value of words(text)) if (!readable.includes(value)) add({ value, what: "secret of the state" });
  const outputs = outputsOf(state);
  for (const [client, token] of Object.entries(outputs.tokens)) {
    add({ value: token, what: `token of ${client}` });
    add({ value: tokenHash(token), what: `hash of the token of ${client}` });
  }
  if (outputs.monitoringPassword !== undefined) add({ value: outputs.monitoringPassword, what: "monitoring password" });
  return [...found.values()];
}

/** The secret values of an environment: those of settings with a telling name, and credentials in URLs. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): Secret[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    const inUrl = [...value.matchAll(/:\/\/([^\s/@]+)@/g)].map(([, both = ""]) => both);
    const named = secretName.test(name) && !namesFile(name, value) ? [value] : [];
    const credentials = inUrl.flatMap((both) => [both, both.slice(both.indexOf(":") + 1)]);
    return [...named, ...credentials]
      .filter((each) => each.length >= leastLength)
      .map((each) => ({ value: each, what: name }));
  });
}

/** A setting may tell where the secret is, which is none. */
const namesFile = (name: string, value: string) => /_FILE$|_PATH$|_DIR$/i.test(name) || value.startsWith("/");

function isMarked(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[mark.key] === mark.value;
}

function* plaintexts(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  const { plaintext } = value as Readonly<Record<string, unknown>>;
  if (isMarked(value) && typeof plaintext === "string") yield* leaves(parsed(plaintext));
  else for (const each of Object.values(value)) yield* plaintexts(each);
}

/** The texts in a value, also of JSON inside a text. */
function* leaves(value: unknown): Generator<string> {
  if (typeof value === "string") {
    const inner = parsed(value);
    if (typeof inner === "object" && inner !== null) yield* leaves(inner);
    else yield value;
  } else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) yield* leaves(each);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Words that chance has made: a text that is secret as a whole holds names and settings besides. */
function words(text: string): string[] {
  if (text.includes("PRIVATE KEY-----"))
    return [text.trim(), ...text.split("\n").filter((line) => /^[A-Za-z0-9+/=]{32,}$/.test(line))];
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, " ")
    .split(/[\s"',;:]+/)
    .filter(
      (word) => /^[A-Za-z0-9+/=]{20,}$/.test(word) && /\d/.test(word) && /[a-z]/i.test(word) && !word.startsWith("/"),
    );
}

function outputsOf(state: unknown): {
  tokens: Readonly<Record<string, string>>;
  monitoringPassword: string | undefined;
} {
  interface Exported {
    readonly deployment?: {
      readonly resources?: readonly { readonly type: string; readonly outputs?: Record<string, unknown> }[];
    };
  }
  const root = (state as Exported).deployment?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  const shown = (name: string) => {
    const [first] = [root?.[name]].flatMap((value) => [...plain(value)]);
    return first;
  };
  const tokens = shown("tokens");
  const password = shown("monitoringPassword");
  return {
    tokens: (typeof tokens === "object" && tokens !== null ? tokens : {}) as Readonly<Record<string, string>>,
    monitoringPassword: typeof password === "string" ? password : undefined,
  };
}

function* plain(value: unknown): Generator {
  const { plaintext } = (value ?? {}) as { plaintext?: unknown };
  if (typeof plaintext === "string") yield parsed(plaintext);
}
