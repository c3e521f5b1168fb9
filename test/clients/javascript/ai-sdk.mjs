import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateText, streamText } from "ai";
import { answer, embeddingModel, model, numbers, pieces, see, tooLarge, url } from "./probe.mjs";

const provider = (apiKey = "all-token") => createOpenAICompatible({ name: "gemma", baseURL: `${url}/v1`, apiKey });
const asked = (token, name = model, prompt = "Say hi.") => ({
  model: provider(token)(name),
  prompt,
  maxOutputTokens: 16,
  maxRetries: 0,
});
const vector = async (name) =>
  numbers((await embed({ model: provider().embeddingModel(name), value: "hi", maxRetries: 0 })).embedding);

await see(["ai", "@ai-sdk/openai-compatible"], {
  chat: async () => answer((await generateText(asked())).text),
  stream: async () => pieces(streamText(asked()).textStream, (text) => text),
  embeddings: () => vector(embeddingModel),
  "no embeddings": () => vector(model),
  "another model": () => generateText(asked(undefined, "other")),
  401: () => generateText(asked("wrong-token")),
  403: () => generateText(asked("chat-token")),
  413: () => generateText(asked(undefined, model, tooLarge)),
  429: () => generateText(asked("small-token")),
});
