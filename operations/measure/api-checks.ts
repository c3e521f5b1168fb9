import type * as z from "zod";
import { embedsAlone } from "../../config/purposes.ts";
import type { Endpoint } from "../../config/gateway.ts";
import { redSquare } from "../../ollama/gate/red-square.ts";
import { tone } from "../../ollama/gate/tone.ts";
import type { Expected } from "./api-judge.ts";
import { anthropic, ollama, openai } from "./api-shapes.ts";
import type { UsableModel } from "./client-access.ts";
import { formOf } from "./form.ts";
import type { Asked } from "./service.ts";

/** A request, and what its answer has to be. */
export interface ApiCheck {
  /** The word of the key `endpoints` that opens it. */
  readonly endpoint: Endpoint | "none";
  /** What it shows, for people. */
  readonly name: string;
  readonly model?: string;
  readonly asked: Asked;
  readonly expected: Expected;
}

/** A model as far as requests to it differ. */
export interface AskedModel extends UsableModel {
  /** Whether it thinks before it answers unless it is told not to. */
  readonly thinks: boolean;
}

const prompt = "한국의 수도는 어디인가요? 한 문장으로 답해 주세요.";
const question = { vision: "이 그림은 무슨 색인가요?", audio: "무슨 소리가 들리나요?" } as const;
const texts = ["고양이가 소파에 앉아 있다.", "오늘 주가가 떨어졌다."];
/** Enough for some words also where a Korean letter takes three tokens. */
const tokens = 24;
const options = { temperature: 0, num_predict: tokens };

type Checks = readonly ApiCheck[];

/** The checks of all that may be asked at an endpoint, those of a model once for each that is for it. */
export async function checksOf(endpoint: Endpoint, models: readonly AskedModel[]): Promise<Checks> {
  const answering = models.filter((model) => !embedsAlone(model.for));
  const embedding = models.filter((model) => model.for.includes("embedding"));
  switch (endpoint) {
    case "version":
      return [get(endpoint, "version", "/api/version", ollama.version)];
    case "tags":
      return [get(endpoint, "models", "/api/tags", naming(ollama.tags, "models", "name", models))];
    case "ps":
      return [get(endpoint, "loaded models", "/api/ps", ollama.ps)];
    case "show":
      return models.map((model) => post(endpoint, "show", model, "/api/show", {}, as(ollama.show)));
    case "generate":
      return answering.flatMap(generateChecks);
    case "chat":
      return answering.flatMap((model) => [...chatChecks(model), ...sensed(model)]);
    case "embed":
      return embedding.flatMap(embedChecks);
    case "openai":
      return [
        get(endpoint, "models", "/v1/models", naming(openai.models, "data", "id", models)),
        ...models.map((model) => ({
          ...get(endpoint, "model", `/v1/models/${model.name}`, openai.model),
          model: model.name,
        })),
        ...answering.flatMap(openaiChecks),
        ...embedding.map((model) =>
          post(
            endpoint,
            "embeddings",
            model,
            "/v1/embeddings",
            { input: texts, encoding_format: "float" },
            as(openai.embeddings),
          ),
        ),
      ];
    case "messages":
      return answering.flatMap(messagesChecks);
    case "transcriptions":
      return Promise.all(answering.filter((model) => model.for.includes("audio")).map(transcriptionCheck));
  }
}

const as = (body: z.ZodType): Expected => ({ status: 200, shape: { kind: "json", body } });
const asLines = (piece: z.ZodType, end: z.ZodType): Expected => ({ status: 200, shape: { kind: "lines", piece, end } });
const asEvents = (piece: z.ZodType, end: string): Expected => ({ status: 200, shape: { kind: "events", piece, end } });

function get(endpoint: Endpoint, name: string, path: string, shape: z.ZodType): ApiCheck {
  return { endpoint, name, asked: { method: "GET", path }, expected: as(shape) };
}

function post(
  endpoint: Endpoint,
  name: string,
  { name: model }: AskedModel,
  path: string,
  body: object,
  expected: Expected,
): ApiCheck {
  return { endpoint, name, model, asked: { method: "POST", path, body: JSON.stringify({ model, ...body }) }, expected };
}

/** A list that has to name these models. */
function naming(shape: z.ZodType, list: string, field: string, models: readonly AskedModel[]): z.ZodType {
  return shape.superRefine((value, context) => {
    const listed = (value as Record<string, Record<string, unknown>[]>)[list]?.map((entry) => entry[field]) ?? [];
    for (const { name } of models)
      if (!listed.includes(name))
        context.addIssue({ code: "custom", path: [list], message: `expected ${name} among them` });
  });
}

function generateChecks(model: AskedModel): Checks {
  const ask = (name: string, stream: boolean, expected: Expected) =>
    post("generate", name, model, "/api/generate", { prompt, stream, options, ...quiet(model) }, expected);
  return [
    ask("generate", false, as(ollama.generate)),
    ask("generate, streamed", true, asLines(ollama.generatePiece, ollama.generateEnd)),
  ];
}

function chatChecks(model: AskedModel): Checks {
  const messages = [{ role: "user", content: prompt }];
  const ask = (name: string, stream: boolean, expected: Expected) =>
    post("chat", name, model, "/api/chat", { messages, stream, options, ...quiet(model) }, expected);
  return [ask("chat", false, as(ollama.chat)), ask("chat, streamed", true, asLines(ollama.chatPiece, ollama.chatEnd))];
}

/** Chats about a picture and a sound, which Ollama takes in one place. */
function sensed(model: AskedModel): Checks {
  const ask = (name: string, content: string, data: Buffer) => {
    const messages = [{ role: "user", content, images: [data.toString("base64")] }];
    const body = { messages, stream: false, options, ...quiet(model) };
    return post("chat", name, model, "/api/chat", body, as(ollama.chat));
  };
  return [
    ...(model.for.includes("vision") ? [ask("chat about a picture", question.vision, redSquare())] : []),
    ...(model.for.includes("audio") ? [ask("chat about a sound", question.audio, tone())] : []),
  ];
}

function embedChecks(model: AskedModel): Checks {
  return [
    post("embed", "embed", model, "/api/embed", { input: texts }, as(ollama.embed)),
    post("embed", "embed, the older way", model, "/api/embeddings", { prompt: texts[0] }, as(ollama.embeddings)),
  ];
}

function openaiChecks(model: AskedModel): Checks {
  const common = { temperature: 0, max_tokens: tokens };
  const calm = model.thinks ? { reasoning_effort: "none" } : {};
  const chat = (name: string, content: unknown, stream: boolean, expected: Expected) => {
    const messages = [{ role: "user", content }];
    return post("openai", name, model, "/v1/chat/completions", { messages, stream, ...common, ...calm }, expected);
  };
  const picture = { url: `data:image/png;base64,${redSquare().toString("base64")}` };
  const seen = [
    { type: "text", text: question.vision },
    { type: "image_url", image_url: picture },
  ];
  return [
    chat("chat completion", prompt, false, as(openai.chat)),
    chat("chat completion, streamed", prompt, true, asEvents(openai.chatPiece, "[DONE]")),
    ...(model.for.includes("vision") ? [chat("chat completion about a picture", seen, false, as(openai.chat))] : []),
    post("openai", "completion", model, "/v1/completions", { prompt, ...common }, as(openai.completion)),
    post(
      "openai",
      "response",
      model,
      "/v1/responses",
      { input: prompt, max_output_tokens: tokens },
      as(openai.response),
    ),
  ];
}

function messagesChecks(model: AskedModel): Checks {
  const messages = [{ role: "user", content: prompt }];
  const ask = (name: string, stream: boolean, expected: Expected) =>
    post("messages", name, model, "/v1/messages", { messages, stream, max_tokens: tokens, temperature: 0 }, expected);
  return [
    ask("message", false, as(anthropic.message)),
    ask("message, streamed", true, asEvents(anthropic.piece, "message_stop")),
  ];
}

async function transcriptionCheck(model: AskedModel): Promise<ApiCheck> {
  const file = new File([new Uint8Array(tone())], "tone.wav", { type: "audio/wav" });
  const form = await formOf({ model: model.name, file });
  return {
    endpoint: "transcriptions",
    name: "transcription",
    model: model.name,
    asked: { method: "POST", path: "/v1/audio/transcriptions", ...form },
    expected: as(openai.transcription),
  };
}

/** Keeps a model that thinks from spending all its tokens on that; others are refused with the word. */
function quiet({ thinks }: AskedModel): object {
  return thinks ? { think: false } : {};
}
