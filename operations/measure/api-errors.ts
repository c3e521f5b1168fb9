import { endpointNames, type Endpoint } from "../../config/gateway.ts";
import type { ApiCheck } from "./api-checks.ts";
import { errorShape } from "./api-shapes.ts";
import type { ClientAccess } from "./client-access.ts";
import { formOf } from "./form.ts";
import type { Asked } from "./service.ts";

/** A name that no registry has: a model of it is served nowhere. */
const noModel = "no-such-model:none";
const messages = [{ role: "user", content: "안녕하세요" }];

/** One request of each kind that takes a body, which names the model that is put into it. */
const bodies: Readonly<Partial<Record<Endpoint, readonly (readonly [path: string, body: object])[]>>> = {
  show: [["/api/show", {}]],
  generate: [["/api/generate", { prompt: "안녕하세요", stream: false }]],
  chat: [["/api/chat", { messages, stream: false }]],
  embed: [["/api/embed", { input: "안녕하세요" }]],
  openai: [
    ["/v1/chat/completions", { messages }],
    ["/v1/embeddings", { input: "안녕하세요" }],
  ],
  messages: [["/v1/messages", { messages, max_tokens: 8 }]],
};

const looks: Readonly<Partial<Record<Endpoint, string>>> = {
  tags: "/api/tags",
  ps: "/api/ps",
  version: "/api/version",
};

/** The checks of what has to be refused, and how: an unknown model, broken JSON, no token, and what is not open. */
export async function errorChecks(access: ClientAccess): Promise<readonly ApiCheck[]> {
  const { endpoints, client, closedModels } = access;
  const closed = endpointNames.filter((endpoint) => !endpoints.includes(endpoint));
  const open = await Promise.all(endpoints.map((endpoint) => refusedModels(endpoint, closedModels)));
  const all = [...open.flat(), ...endpoints.flatMap(brokenJson)];
  if (client === undefined) return all;
  const unheard = await Promise.all(endpoints.map(async (endpoint) => anonymous(endpoint, await requestTo(endpoint))));
  const shut = await Promise.all(closed.map(async (endpoint) => notOpen(endpoint, await requestTo(endpoint))));
  // Of a model that is not there, so that nothing happens even where it is let through.
  const deletion = { method: "DELETE", path: "/api/delete", body: JSON.stringify({ model: noModel }) } as const;
  return [...all, ...unheard, ...shut, refused("none", "deleting a model is open to nobody", deletion, 403)];
}

async function refusedModels(endpoint: Endpoint, closedModels: readonly string[]): Promise<readonly ApiCheck[]> {
  const asked = async (name: string, model: string) =>
    (await requestsTo(endpoint, model)).map((request) => refused(endpoint, name, request, 404));
  const own = await Promise.all(
    closedModels.map((model) => asked(`the model ${model} is not open to the client`, model)),
  );
  return [...(await asked("an unknown model", noModel)), ...own.flat()];
}

function brokenJson(endpoint: Endpoint): readonly ApiCheck[] {
  return (bodies[endpoint] ?? []).map(([path]) =>
    refused(endpoint, "broken JSON", { method: "POST", path, body: '{"model":' }, 400),
  );
}

function anonymous(endpoint: Endpoint, asked: Asked): ApiCheck {
  return refused(endpoint, "no token", { ...asked, anonymous: true }, 401);
}

function notOpen(endpoint: Endpoint, asked: Asked): ApiCheck {
  return refused(endpoint, "an endpoint that is not open to the client", asked, 403);
}

function refused(endpoint: ApiCheck["endpoint"], name: string, asked: Asked, status: number): ApiCheck {
  return { endpoint, name, asked, expected: { status, shape: { kind: "json", body: errorShape(asked.path) } } };
}

async function requestTo(endpoint: Endpoint): Promise<Asked> {
  const path = looks[endpoint];
  const [first] = path === undefined ? await requestsTo(endpoint, noModel) : [];
  return first ?? { method: "GET", path: path ?? "/" };
}

/** Requests at an endpoint that name a model. */
async function requestsTo(endpoint: Endpoint, model: string): Promise<readonly Asked[]> {
  if (endpoint === "transcriptions") {
    const form = await formOf({ model, file: new File(["RIFF"], "none.wav", { type: "audio/wav" }) });
    return [{ method: "POST", path: "/v1/audio/transcriptions", ...form }];
  }
  return (bodies[endpoint] ?? []).map(([path, body]) => ({
    method: "POST",
    path,
    body: JSON.stringify({ model, ...body }),
  }));
}
