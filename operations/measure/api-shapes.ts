import * as z from "zod";

const text = z.string().min(1);
const count = z.int().min(0);
const moment = z.iso.datetime({ offset: true });
const vector = z.array(z.number()).min(1);
const model = z.string().min(1);

/** A text that a thinking model may have put elsewhere. */
const someText = (field: string, thoughts: readonly string[]) =>
  z
    .looseObject({ [field]: z.string().nullish() })
    .refine((value) => [field, ...thoughts].some((name) => typeof value[name] === "string" && value[name] !== ""), {
      path: [field],
      message: "expected a text",
    });

const details = z.object({ family: z.string(), parameter_size: z.string(), quantization_level: z.string() });
const listed = z.object({ name: model, model, size: count, digest: z.hex().length(64), details });

/** How Ollama ends an answer; times in nanoseconds. */
const ended = {
  model,
  created_at: moment,
  done: z.literal(true),
  done_reason: z.string().min(1),
  total_duration: count,
  load_duration: count,
  prompt_eval_count: count.optional(),
  prompt_eval_duration: count.optional(),
  eval_count: count,
  eval_duration: count,
};
const going = { model, created_at: moment, done: z.literal(false) };
const assistant = { role: z.literal("assistant") };

/** Shapes of Ollama's own interface. */
export const ollama = {
  version: z.object({ version: z.string().regex(/^\d+\.\d+/) }),
  tags: z.object({ models: z.array(listed.extend({ modified_at: moment })).min(1) }),
  ps: z.object({ models: z.array(listed.extend({ expires_at: moment, size_vram: count })) }),
  show: z.object({ details, model_info: z.record(z.string(), z.unknown()), template: z.string() }),
  generate: z.object(ended).and(someText("response", ["thinking"])),
  generatePiece: z.object({ ...going, response: z.string() }),
  generateEnd: z.object({ ...ended, response: z.string() }),
  chat: z.object({ ...ended, message: z.object(assistant).and(someText("content", ["thinking"])) }),
  chatPiece: z.object({ ...going, message: z.object({ ...assistant, content: z.string() }) }),
  chatEnd: z.object({ ...ended, message: z.object({ ...assistant, content: z.string() }) }),
  /** Of two texts. */
  embed: z.object({ model, embeddings: z.array(vector).length(2), total_duration: count }),
  embeddings: z.object({ embedding: vector }),
  error: z.object({ error: text }),
} as const;

const head = (object: string) => ({ id: z.string().min(1), object: z.literal(object), model });
const usage = z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count });
const only = <Choice extends z.ZodType>(choice: Choice) => z.array(choice).length(1);

/** Shapes of OpenAI's interface. */
export const openai = {
  models: z.object({
    object: z.literal("list"),
    data: z.array(z.object({ id: model, object: z.literal("model"), created: count, owned_by: z.string() })).min(1),
  }),
  model: z.object({ id: model, object: z.literal("model"), created: count, owned_by: z.string() }),
  chat: z.object({
    ...head("chat.completion"),
    created: count,
    choices: only(
      z.object({
        index: z.literal(0),
        message: z.object(assistant).and(someText("content", ["reasoning"])),
        finish_reason: z.enum(["stop", "length"]),
      }),
    ),
    usage,
  }),
  chatPiece: z.object({
    ...head("chat.completion.chunk"),
    created: count,
    choices: only(
      z.object({
        index: z.literal(0),
        delta: z.object({ content: z.string().nullish() }),
        finish_reason: z.enum(["stop", "length"]).nullish(),
      }),
    ),
  }),
  completion: z.object({
    ...head("text_completion"),
    created: count,
    choices: only(z.object({ index: z.literal(0), text, finish_reason: z.enum(["stop", "length"]) })),
    usage,
  }),
  response: z.object({
    ...head("response"),
    status: z.enum(["completed", "incomplete"]),
    output: z.array(z.object({ type: z.string().min(1) })).min(1),
    usage: z.object({ input_tokens: count, output_tokens: count, total_tokens: count }),
  }),
  /** Of two texts. */
  embeddings: z.object({
    object: z.literal("list"),
    model,
    data: z.array(z.object({ object: z.literal("embedding"), index: count.optional(), embedding: vector })).length(2),
  }),
  transcription: z.object({ text: z.string() }),
  error: z.object({
    error: z.object({ message: text, type: text, param: z.unknown(), code: z.unknown() }),
  }),
} as const;

const message = { id: z.string().min(1), type: z.literal("message"), role: z.literal("assistant"), model };

/** Shapes of Anthropic's interface. */
export const anthropic = {
  message: z.object({
    ...message,
    content: z.array(z.object({ type: z.enum(["text", "thinking"]) })).min(1),
    stop_reason: z.enum(["end_turn", "max_tokens", "stop_sequence"]),
    usage: z.object({ input_tokens: count, output_tokens: count }),
  }),
  piece: z.discriminatedUnion("type", [
    z.object({ type: z.literal("message_start"), message: z.object({ ...message, content: z.array(z.never()) }) }),
    z.object({ type: z.literal("content_block_start"), index: count, content_block: z.object({ type: text }) }),
    z.object({ type: z.literal("content_block_delta"), index: count, delta: z.object({ type: text }) }),
    z.object({ type: z.literal("content_block_stop"), index: count }),
    z.object({
      type: z.literal("message_delta"),
      delta: z.object({ stop_reason: z.enum(["end_turn", "max_tokens", "stop_sequence"]) }),
      usage: z.object({ output_tokens: count }),
    }),
    z.object({ type: z.literal("message_stop") }),
    z.object({ type: z.literal("ping") }),
  ]),
  error: z.object({ type: z.literal("error"), error: z.object({ type: text, message: text }) }),
} as const;

/** The shape of an error on a path. */
export function errorShape(path: string): z.ZodType {
  if (path === "/v1/messages") return anthropic.error;
  return path.startsWith("/v1/") ? openai.error : ollama.error;
}
