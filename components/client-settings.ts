import type { Purpose } from "../config/purposes.ts";
import type { ServedModel } from "./served-models.ts";

/** What settings for clients depend on. */
export interface ClientAccess {
  readonly stack: string;
  /** Base URL for clients. */
  readonly url: string;
  /** What is served, and what each model is for. */
  readonly models: readonly Pick<ServedModel, "name" | "for">[];
  /** Names of the clients that have a token; undefined where none is asked for. */
  readonly clients: readonly string[] | undefined;
  /** Whose root certificate clients need; undefined without TLS. */
  readonly root: "gateway" | "organisation" | undefined;
  /** How containers on this host reach the gateway; undefined where there is no network for them. */
  readonly containers?: { readonly network: string; readonly url: string };
}

/** Something that a client of the service can paste. */
export interface ClientSetting {
  readonly title: string;
  readonly text: string;
}

/** File that the settings have the root certificate in. */
const rootFile = "gemma-root.pem";

/** Settings of every client that was tried, each of which takes the token from the variable TOKEN. */
export function clientSettings(access: ClientAccess): readonly ClientSetting[] {
  const { url } = access;
  const model = modelFor("chat", access) ?? access.models[0]?.name ?? "";
  const embedding = modelFor("embedding", access);
  const settings = {
    ...served(access),
    ...shell(access, model),
    ...python(url, model, embedding),
    ...javascript(url, model),
    ...java(url, model),
  };
  return Object.entries(settings).map(([title, lines]) => ({ title, text: lines.join("\n") }));
}

/** The settings as one text to paste from. */
export function settingsText(settings: readonly ClientSetting[]): string {
  return settings.map(({ title, text }) => `# ${title}\n${text}\n`).join("\n");
}

/** Name of the first model that is for something. */
function modelFor(purpose: Purpose, { models }: ClientAccess): string | undefined {
  return models.find((model) => model.for.includes(purpose))?.name;
}

type Titled = Readonly<Record<string, readonly string[]>>;

function served({ models }: ClientAccess): Titled {
  return { "Models, and what each is for": models.map((model) => `# ${model.name}: ${model.for.join(", ")}`) };
}

function shell(access: ClientAccess, model: string): Titled {
  const { stack, url, clients, root, containers } = access;
  const message = { role: "user", content: "Why is the sky blue?" };
  const curl = (path: string, body: object) =>
    `curl -H "Authorization: Bearer $TOKEN" ${url}${path} -d '${JSON.stringify(body)}'`;
  const embedding = modelFor("embedding", access);
  const vision = modelFor("vision", access);
  const tokens = clients?.map((name) => `export TOKEN=$(npm run clients -s ${stack} -- --token ${name})`);
  return {
    ...(tokens === undefined
      ? { "Token: none is asked for, but OpenAI clients want one": ["export TOKEN=none"] }
      : { "Token of one of the clients": tokens }),
    ...(root !== undefined && rootCertificate(stack, root)),
    ...(containers !== undefined && {
      [`Containers on this host: ${containers.url} in the place of ${url}`]: [
        `docker run --network ${containers.network} -e TOKEN IMAGE`,
      ],
    }),
    curl: [curl("/api/chat", { model, messages: [message], stream: false })],
    ...(embedding !== undefined && {
      "curl, vectors of texts": [curl("/api/embed", { model: embedding, input: ["Why is the sky blue?"] })],
    }),
    ...(vision !== undefined && {
      "curl, a picture": [
        `curl -H "Authorization: Bearer $TOKEN" ${url}/api/generate -d "{\\"model\\":\\"${vision}\\",\\"prompt\\":\\"What is in this picture?\\",\\"images\\":[\\"$(base64 -w0 picture.png)\\"],\\"stream\\":false}"`,
      ],
    }),
  };
}

function rootCertificate(stack: string, root: "gateway" | "organisation"): Titled {
  const [title, get] =
    root === "gateway"
      ? ["Root certificate", [`pulumi stack output rootCertificate -s ${stack} > ${rootFile}`]]
      : [`Root certificate: the organisation's in ${rootFile}, where the system does not know it`, []];
  const java = "-Djavax.net.ssl.trustStore=$PWD/gemma-root.p12 -Djavax.net.ssl.trustStorePassword=changeit";
  return {
    [title]: [
      ...get,
      `export CURL_CA_BUNDLE=$PWD/${rootFile} SSL_CERT_FILE=$PWD/${rootFile} NODE_EXTRA_CA_CERTS=$PWD/${rootFile}`,
      `keytool -importcert -noprompt -alias gemma -file ${rootFile} -keystore gemma-root.p12 -storetype PKCS12 -storepass changeit`,
      `export JAVA_TOOL_OPTIONS="${java}"`,
    ],
  };
}

function python(url: string, model: string, embedding: string | undefined): Titled {
  const token = 'os.environ["TOKEN"]';
  const headers = `{"headers": {"Authorization": f"Bearer {${token.replaceAll('"', "'")}}"}}`;
  return {
    "OpenAI SDK, Python": [`OpenAI(base_url="${url}/v1", api_key=${token})`],
    "Ollama SDK, Python": [`Client(host="${url}", **${headers})`],
    "Anthropic SDK, Python": [`Anthropic(base_url="${url}", api_key=${token})`],
    "LangChain, langchain-ollama": [`ChatOllama(base_url="${url}", model="${model}", client_kwargs=${headers})`],
    "LangChain, langchain-openai": [
      `ChatOpenAI(base_url="${url}/v1", model="${model}", api_key=${token})`,
      ...(embedding === undefined
        ? []
        : [
            `OpenAIEmbeddings(base_url="${url}/v1", model="${embedding}", api_key=${token}, check_embedding_ctx_length=False)`,
          ]),
    ],
    "LlamaIndex, llama-index-llms-ollama": [
      `client = ollama.Client(host="${url}", **${headers})`,
      `Ollama(base_url="${url}", model="${model}", client=client)`,
    ],
    "LlamaIndex, llama-index-llms-openai-like": [
      `OpenAILike(api_base="${url}/v1", model="${model}", api_key=${token}, is_chat_model=True)`,
    ],
    LiteLLM: [
      `litellm.completion(model="openai/${model}", api_base="${url}/v1", api_key=${token}, messages=…)`,
      `litellm.completion(model="ollama_chat/${model}", api_base="${url}", api_key=${token}, messages=…)`,
    ],
  };
}

function javascript(url: string, model: string): Titled {
  const headers = "headers: { Authorization: `Bearer ${process.env.TOKEN}` }";
  return {
    "OpenAI SDK, npm": [`new OpenAI({ baseURL: "${url}/v1", apiKey: process.env.TOKEN })`],
    "Ollama SDK, npm": [`new Ollama({ host: "${url}", ${headers} })`],
    "Anthropic SDK, npm": [`new Anthropic({ baseURL: "${url}", apiKey: process.env.TOKEN })`],
    "AI SDK, @ai-sdk/openai-compatible": [
      `createOpenAICompatible({ name: "gemma", baseURL: "${url}/v1", apiKey: process.env.TOKEN })("${model}")`,
    ],
  };
}

function java(url: string, model: string): Titled {
  const properties = (starter: string, base: string, more: readonly string[]) => [
    ...["spring:", "  ai:", `    ${starter}:`, `      base-url: ${base}`, ...more],
    ...["      chat:", "        options:", `          model: ${model}`],
  ];
  const key = ["      api-key: ${TOKEN}"];
  return {
    "Spring AI 1.1, spring-ai-starter-model-openai, application.yml": properties("openai", url, key),
    "Spring AI 2.0, spring-ai-starter-model-openai, application.yml": properties("openai", `${url}/v1`, key),
    "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, application.yml": properties("ollama", url, []),
    "Spring AI 1.1 and 2.0, spring-ai-starter-model-ollama, bean that sends the token": [
      "@Bean",
      'OllamaApi ollamaApi(@Value("${spring.ai.ollama.base-url}") String url, @Value("${TOKEN}") String token) {',
      '  String bearer = "Bearer " + token;',
      "  return OllamaApi.builder()",
      "      .baseUrl(url)",
      '      .restClientBuilder(RestClient.builder().defaultHeader("Authorization", bearer))',
      '      .webClientBuilder(WebClient.builder().defaultHeader("Authorization", bearer))',
      "      .build();",
      "}",
    ],
    "JDK, java.net.http": [
      `HttpRequest.newBuilder(URI.create("${url}/api/chat"))`,
      '    .header("Authorization", "Bearer " + System.getenv("TOKEN"))',
    ],
  };
}
