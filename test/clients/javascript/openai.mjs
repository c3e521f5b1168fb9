import OpenAI from "openai";
import { answer, embeddingModel, messages, model, numbers, pieces, see, tooLarge, url } from "./probe.mjs";

const client = (apiKey = "all-token") => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const chat = (token, more) => client(token).chat.completions.create({ model, messages, max_tokens: 16, ...more });
const embed = async (name) =>
  numbers((await client().embeddings.create({ model: name, input: "hi" })).data[0].embedding);

await see(["openai"], {
  chat: async () => answer((await chat()).choices[0].message.content),
  stream: async () => pieces(await chat(undefined, { stream: true }), (part) => part.choices[0]?.delta.content),
  responses: async () => answer((await client().responses.create({ model, input: "Say hi." })).output_text),
  embeddings: () => embed(embeddingModel),
  "no embeddings": () => embed(model),
  models: async () => (await client().models.list()).data.map(({ id }) => id),
  "another model": () => chat(undefined, { model: "other" }),
  401: () => chat("wrong-token"),
  403: () => chat("chat-token"),
  413: () => chat(undefined, { messages: [{ role: "user", content: tooLarge }] }),
  429: () => chat("small-token"),
});
