/** OpenAI's types of errors by status, as Ollama has them, and those of Anthropic's API. */
const types: Readonly<Record<number, readonly [openai: string, anthropic: string]>> = {
  400: ["invalid_request_error", "invalid_request_error"],
  401: ["authentication_error", "authentication_error"],
  403: ["permission_error", "permission_error"],
  404: ["not_found_error", "not_found_error"],
  408: ["timeout_error", "timeout_error"],
  413: ["invalid_request_error", "request_too_large"],
  415: ["invalid_request_error", "invalid_request_error"],
  429: ["rate_limit_error", "rate_limit_error"],
  503: ["api_error", "overloaded_error"],
  504: ["api_error", "timeout_error"],
};

/** Whether errors of a path have the shape of OpenAI's, and not that of Ollama's. */
export function hasOpenAiErrors(path: string): boolean {
  return path.startsWith("/v1/");
}

/** The body of an error, in the shape that the clients of a path read. */
export function errorBody(path: string, status: number, message: string): string {
  return JSON.stringify(errorOf(path, status, message));
}

function errorOf(path: string, status: number, message: string): object {
  const [openai, anthropic] = types[status] ?? ["api_error", "api_error"];
  if (path === "/v1/messages") return { type: "error", error: { type: anthropic, message } };
  if (hasOpenAiErrors(path)) return { error: { message, type: openai, param: null, code: null } };
  return { error: message };
}

/** An error of Ollama's in the shape that the clients of a path read; undefined when it has that already. */
export function reshaped(path: string, status: number, body: string): string | undefined {
  if (!hasOpenAiErrors(path)) return undefined;
  const error = errorIn(body);
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    if (path === "/v1/messages" || ("type" in error && "param" in error && "code" in error)) return undefined;
    return JSON.stringify({ error: { type: types[status]?.[0] ?? "api_error", param: null, code: null, ...error } });
  }
  const message = typeof error === "string" ? error : body.trim();
  return errorBody(path, status, message === "" ? `the model server answered with status ${status}` : message);
}

function errorIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { error?: unknown } | null)?.error;
  } catch {
    return undefined;
  }
}
