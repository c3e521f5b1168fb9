import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clientSettings, settingsText, type ClientAccess } from "../../../components/client-settings.ts";

const url = "https://llm.example.org:11434";
const models: ClientAccess["models"] = [{ name: "gemma3n:e4b", for: ["chat"] }];
const access: ClientAccess = { stack: "prod", url, models, clients: ["backend", "web"], root: undefined };
const titles = (change: Partial<ClientAccess> = {}) =>
  clientSettings({ ...access, ...change }).map(({ title }) => title);
const textOf = (title: string, change: Partial<ClientAccess> = {}) =>
  clientSettings({ ...access, ...change }).find((setting) => setting.title === title)?.text;

describe("clientSettings", () => {
  it("tells for every client how to get its token", () => {
    expect(textOf("Token of one of the clients")).toBe(
      [
        "export TOKEN=$(npm run clients -s prod -- --token backend)",
        "export TOKEN=$(npm run clients -s prod -- --token web)",
      ].join("\n"),
    );
  });

  it("has any token where none is asked for, and all else alike", () => {
    const [served, token, ...others] = clientSettings({ ...access, clients: undefined });
    expect(token?.text).toBe("export TOKEN=none");
    expect([served, ...others]).toEqual(clientSettings(access).filter((_, index) => index !== 1));
  });

  it("has every client that was tried, with the URL and the variable TOKEN", () => {
    expect(titles()).toEqual([
      "Models, and what each is for",
      "Token of one of the clients",
      "curl",
      "OpenAI SDK, Python",
      "Ollama SDK, Python",
      "Anthropic SDK, Python",
      "LangChain, langchain-ollama",
      "LangChain, langchain-openai",
      "LlamaIndex, llama-index-llms-ollama",
      "LlamaIndex, llama-index-llms-openai-like",
      "LiteLLM",
      "OpenAI SDK, npm",
      "Ollama SDK, npm",
      "Anthropic SDK, npm",
      "AI SDK, @ai-sdk/openai-compatible",
      "Spring AI 1.1, spring-ai-starter-model-openai, application.yml",
      "Spring AI 2.0, spring-ai-starter-model-openai, application.yml",
      "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, application.yml",
      "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, bean that sends the token",
      "JDK, java.net.http",
    ]);
    const whole = clientSettings(access).slice(2);
    expect(whole.filter(({ text }) => !text.includes("TOKEN")).map(({ title }) => title)).toEqual([
      "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, application.yml",
    ]);
    expect(whole.filter(({ text }) => !text.includes(url)).map(({ title }) => title)).toEqual([
      "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, bean that sends the token",
    ]);
  });

  it("has a curl command", () => {
    expect(textOf("curl")).toBe(
      `curl -H "Authorization: Bearer $TOKEN" ${url}/api/chat -d ` +
        `'{"model":"gemma3n:e4b","messages":[{"role":"user","content":"Why is the sky blue?"}],"stream":false}'`,
    );
  });

  it.each([
    ["1.1", url],
    ["2.0", `${url}/v1`],
  ])("has the base URL that Spring AI %s takes", (version, base) => {
    const text = textOf(`Spring AI ${version}, spring-ai-starter-model-openai, application.yml`) ?? "";
    const openai = { "base-url": base, "api-key": "${TOKEN}", chat: { options: { model: "gemma3n:e4b" } } };
    expect(parse(text)).toEqual({ spring: { ai: { openai } } });
  });

  it("has the header of Ollama's clients, which have no key for a token", () => {
    expect(textOf("Ollama SDK, Python")).toBe(
      `Client(host="${url}", **{"headers": {"Authorization": f"Bearer {os.environ['TOKEN']}"}})`,
    );
    expect(textOf("Ollama SDK, npm")).toBe(
      `new Ollama({ host: "${url}", headers: { Authorization: \`Bearer \${process.env.TOKEN}\` } })`,
    );
  });

  it("says where the root certificate comes from, and how each kind of client is told of it", () => {
    const own = textOf("Root certificate", { root: "gateway" })?.split("\n") ?? [];
    expect(own[0]).toBe("pulumi stack output rootCertificate -s prod > gemma-root.pem");
    const title = "Root certificate: the organisation's in gemma-root.pem, where the system does not know it";
    expect(textOf(title, { root: "organisation" })).toBe(own.slice(1).join("\n"));
    for (const name of ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "keytool", "JAVA_TOOL_OPTIONS"])
      expect(own.join("\n")).toContain(name);
  });

  it("has the network of containers on this host, where there is one", () => {
    const containers = { network: "prod-clients", url: "https://gateway:8080" };
    expect(titles()).not.toContainEqual(expect.stringContaining("Containers"));
    expect(textOf(`Containers on this host: https://gateway:8080 in the place of ${url}`, { containers })).toBe(
      "docker run --network prod-clients -e TOKEN IMAGE",
    );
  });
});

describe("clientSettings of several models", () => {
  const several: ClientAccess["models"] = [
    { name: "bge-m3:567m", for: ["embedding"] },
    { name: "gemma3n:e4b", for: ["chat"] },
    { name: "gemma3:4b", for: ["chat", "vision"] },
    { name: "all-minilm:22m", for: ["embedding"] },
  ];
  const change = { models: several };

  it("tell first of all what each is for, in their order", () => {
    const [first] = clientSettings({ ...access, ...change });
    expect(first).toEqual({
      title: "Models, and what each is for",
      text: [
        "# bge-m3:567m: embedding",
        "# gemma3n:e4b: chat",
        "# gemma3:4b: chat, vision",
        "# all-minilm:22m: embedding",
      ].join("\n"),
    });
  });

  it("have a request for vectors and one with a picture after that of the chat, and nothing else more", () => {
    const expected = titles();
    expected.splice(expected.indexOf("curl") + 1, 0, "curl, vectors of texts", "curl, a picture");
    expect(titles(change)).toEqual(expected);
    expect(textOf("curl, vectors of texts", change)).toBe(
      `curl -H "Authorization: Bearer $TOKEN" ${url}/api/embed -d ` +
        `'{"model":"bge-m3:567m","input":["Why is the sky blue?"]}'`,
    );
    expect(textOf("curl, a picture", change)).toBe(
      `curl -H "Authorization: Bearer $TOKEN" ${url}/api/generate -d ` +
        '"{\\"model\\":\\"gemma3:4b\\",\\"prompt\\":\\"What is in this picture?\\",' +
        '\\"images\\":[\\"$(base64 -w0 picture.png)\\"],\\"stream\\":false}"',
    );
  });

  it("ask the first for chat, wherever it stands", () => {
    const without = (text: string) => !/vectors|picture|Models/.test(text);
    const chat = clientSettings({ ...access, ...change }).filter(({ title }) => without(title));
    const alone = clientSettings(access).filter(({ title }) => without(title));
    const openai = "LangChain, langchain-openai";
    const others = (settings: typeof chat) => settings.filter(({ title }) => title !== openai);
    expect(others(chat)).toEqual(others(alone));
    expect(textOf(openai, change)).toBe(
      `${textOf(openai) ?? ""}\n` +
        `OpenAIEmbeddings(base_url="${url}/v1", model="bge-m3:567m", api_key=os.environ["TOKEN"], ` +
        "check_embedding_ctx_length=False)",
    );
  });

  it("name the first in the requests of a chat when none is for it", () => {
    const vectors: ClientAccess["models"] = [{ name: "bge-m3:567m", for: ["embedding"] }];
    expect(textOf("curl", { models: vectors })).toContain('"model":"bge-m3:567m"');
  });
});

describe("settingsText", () => {
  it("has each setting below its title", () => {
    const text = settingsText([
      { title: "One", text: "first\nsecond" },
      { title: "Two", text: "third" },
    ]);
    expect(text).toBe("# One\nfirst\nsecond\n\n# Two\nthird\n");
  });
});
