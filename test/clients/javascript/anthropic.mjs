import Anthropic from "@anthropic-ai/sdk";
import { answer, messages, model, pieces, see, tooLarge, url } from "./probe.mjs";

const client = (apiKey = "all-token") => new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
const chat = (token, more) => client(token).messages.create({ model, messages, max_tokens: 16, ...more });

await see(["@anthropic-ai/sdk"], {
  chat: async () => answer((await chat()).content[0].text),
  stream: async () => pieces(await chat(undefined, { stream: true }), (event) => event.delta?.text),
  models: async () => (await client().models.list()).data.map(({ id }) => id),
  "another model": () => chat(undefined, { model: "other" }),
  401: () => chat("wrong-token"),
  403: () => chat("chat-token"),
  413: () => chat(undefined, { messages: [{ role: "user", content: tooLarge }] }),
  429: () => chat("small-token"),
});
