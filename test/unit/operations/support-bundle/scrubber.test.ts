import { describe, expect, it } from "vitest";
import { Scrubber } from "../../../../operations/support-bundle/scrubber.ts";
import { formsOf, searchSecrets } from "../../../../operations/support-bundle/secret-forms.ts";
import { secretsOfEnvironment, secretsOfState } from "../../../../operations/support-bundle/secret-values.ts";

const token = "YmFja2VuZC4xOkFiY2RlZjEyMzQ1Njc4OTBBYmNkZWYxMjM0NTY3ODkw";
const secrets = [{ value: token, what: "token of backend" }];

describe("the scrubber", () => {
  const scrubber = new Scrubber(secrets);

  it.each([
    ["as it is", `x ${token} y`, "x [removed: token of backend] y"],
    ["in a URL", `?t=${encodeURIComponent("a+b/c=d+e/f=")}`, "?t=[removed: odd]"],
    ["in JSON", JSON.stringify({ text: 'a"b\\c"d"e' }), '{"text":"[removed: quoted]"}'],
  ])("removes a known value %s", (_, text, clean) => {
    const more = [...secrets, { value: "a+b/c=d+e/f=", what: "odd" }, { value: 'a"b\\c"d"e', what: "quoted" }];
    expect(new Scrubber(more).scrub(text)).toBe(clean);
  });

  it.each(["", "x", "xy", "operator:", "a long text before it: "])("removes it in base64 after %j", (before) => {
    const encoded = Buffer.from(`${before}${token}, and more`).toString("base64");
    const clean = scrubber.scrub(encoded);
    expect(clean).toContain("[removed: token of backend]");
    expect(Buffer.from(clean.replace(/\[.*?\]/, ""), "base64").toString()).not.toContain(token.slice(4, 40));
  });

  it.each([
    ["Authorization: Bearer abcdef123456", "Authorization: Bearer [removed: Authorization header]"],
    ['"authorization": "Basic b3A6cHc="', '"authorization": "Basic [removed: Authorization header]"'],
    ["$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "[removed: bcrypt hash]"],
    ["http://user:pa55word@proxy.example:3128", "http://[removed: credentials in a URL]@proxy.example:3128"],
    ["-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nrest", "[removed: private key]\nrest"],
    ["secure: v1:8D4IJ7DYhk9/Kd2F:RyfYS0Jm3KAI9wYpRVGFG3zP", "secure: [removed: encrypted secret]"],
    ["encryptionsalt: v1:abc=:v1:def:ghi", "encryptionsalt: [removed: salt of the passphrase]"],
    ['"HF_TOKEN=hf_abcdef"', '"HF_TOKEN=[removed: HF_TOKEN]"'],
    ['{"adminPassword": "hunter22"}', '{"adminPassword": "[removed: adminPassword]"}'],
    ["db_secret: s3cr3tvalue", "db_secret: [removed: db_secret]"],
    ["token=abcdefgh", "token=[removed: token]"],
  ])("removes %s", (text, clean) => {
    expect(scrubber.scrub(text)).toBe(clean);
  });

  it.each([
    "PULUMI_CONFIG_PASSPHRASE_FILE=/var/lib/gemma/passphrase",
    "key: /etc/gemma/tls/key.pem",
    "OLLAMA_KEEP_ALIVE=5m0s",
    '"eval_tokens": 1234567',
    "tokens_evaluated=12345678",
    "minTokensPerSecond: 5",
    "Vulnerability Spec store bypass: Mitigation; prctl",
    "load: special tokens: cached",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
  ])("leaves %s", (text) => {
    expect(scrubber.scrub(text)).toBe(text);
  });
});

describe("the search for secrets", () => {
  it.each(formsOf(token))("finds the form %s, and names the file", (form) => {
    expect(
      searchSecrets(
        new Map([
          ["a", "harmless"],
          ["b", `x${form}y`],
        ]),
        secrets,
      ),
    ).toEqual([{ path: "b", what: "token of backend" }]);
  });

  it("finds nothing where there is nothing", () => {
    expect(searchSecrets(new Map([["a", "harmless"]]), secrets)).toEqual([]);
  });
});

describe("known secrets", () => {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });

  it("are those of the state: tokens, their hashes, and words that chance has made", () => {
    const state = {
      deployment: {
        resources: [
          {
            type: "pulumi:pulumi:Stack",
            id: "0123456789abcdef9999",
            outputs: {
              baseUrl: "http://x",
              tokens: secret({ backend: token }),
              monitoringPassword: secret("p4ssw0rd"),
            },
          },
          { type: "other", inputs: { plain: "Abcdef1234567890Abcdef9999" } },
          {
            type: "policy",
            inputs: {
              text: secret(
                JSON.stringify({
                  map: `0123456789abcdef0123 backend.1\nid 0123456789abcdef9999 sha256:${"0a".repeat(32)}`,
                }),
              ),
            },
          },
        ],
      },
    };
    expect(secretsOfState(state).map(({ value, what }) => [what, value])).toEqual(
      expect.arrayContaining([
        ["token of backend", token],
        ["hash of the token of backend", expect.stringMatching(/^[0-9a-f]{64}$/)],
        ["monitoring password", "p4ssw0rd"],
        ["secret of the state", "0123456789abcdef0123"],
      ]),
    );
    expect(secretsOfState(state)).toHaveLength(4);
  });

  it("are those of an environment: by their names, and in URLs", () => {
    const environment = {
      HF_TOKEN: "hf_abcdef",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/x/passphrase",
      HTTPS_PROXY: "http://me:pa55word@proxy:3128",
      HOME: "/root/long/enough",
      SHORT_KEY: "on",
    };
    expect(secretsOfEnvironment(environment)).toEqual([
      { value: "hf_abcdef", what: "HF_TOKEN" },
      { value: "me:pa55word", what: "HTTPS_PROXY" },
      { value: "pa55word", what: "HTTPS_PROXY" },
    ]);
  });
});
