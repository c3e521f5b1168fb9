import { Ollama } from "ollama";
import { answer, embeddingModel, messages, model, numbers, pieces, see, tooLarge, url } from "./probe.mjs";

const client = (token = "all-token") => new Ollama({ host: url, headers: { Authorization: `Bearer ${token}` } });
const chat = (token, more) => client(token).chat({ model, messages, options: { num_predict: 16 }, ...more });
const embed = async (name) => numbers((await client().embed({ model: name, input: "hi" })).embeddings[0]);

await see(["ollama"], {
  chat: async () => answer((await chat()).message.content),
  stream: async () => pieces(await chat(undefined, { stream: true }), (part) => part.message.content),
  embeddings: () => embed(embeddingModel),
  "no embeddings": () => embed(model),
  models: async () => (await client().list()).models.map((one) => one.model).sort(),
  "another model": () => chat(undefined, { model: "other" }),
  401: () => chat("wrong-token"),
  403: () => client("chat-token").list(),
  413: () => chat(undefined, { messages: [{ role: "user", content: tooLarge }] }),
  429: () => chat("small-token"),
});
