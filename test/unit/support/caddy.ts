import type { Json } from "../../../gateway/caddy-parts.ts";

/** A request as Caddy sees it. */
export interface CaddyRequest {
  readonly method: string;
  /** Target of the request line. */
  readonly target: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly now: number;
}

/** What went wrong inside Caddy. */
export interface CaddyError {
  readonly status: number;
  readonly message: string;
}

type Known = CaddyRequest & { readonly user?: string | undefined; readonly error?: CaddyError };
type Patterns = Readonly<Record<string, { readonly pattern: string }>>;
type Lists = Readonly<Record<string, readonly string[]>>;

interface Server {
  readonly routes: readonly Route[];
  readonly errors: { readonly routes: readonly Route[] };
}

interface Route {
  readonly match?: readonly Json[];
  readonly handle: readonly Json[];
  readonly terminal?: boolean;
}

/** Handlers of the route that answers a request; passwords are their own hashes here. */
export function answering(server: Json, request: CaddyRequest): readonly Json[] {
  let known: Known = request;
  for (const route of (server as unknown as Server).routes) {
    if (!applies(route, known)) continue;
    if (ends(route)) return route.handle;
    for (const handler of route.handle) {
      known = passed(handler, known);
      if (handler["handler"] === "authentication" && known.user === undefined)
        return answeringError(server, { status: 401, message: "not authenticated" });
    }
  }
  return [];
}

/** Handlers of the route that answers an error. */
export function answeringError(server: Json, error: CaddyError): readonly Json[] {
  const { routes } = (server as unknown as Server).errors;
  const request = { method: "GET", target: "/", host: "localhost", headers: {}, now: 0, error };
  return routes.find((route) => applies(route, request) && ends(route))?.handle ?? [];
}

/** Whether a route answers what applies to it. */
const ends = ({ terminal, handle }: Route) => terminal === true || handle[0]?.["handler"] === "static_response";

const applies = ({ match }: Route, request: Known) =>
  match === undefined || match.some((matchers) => matchesAll(matchers, request));

/** What a request is like behind a handler that lets it through. */
function passed({ handler, ...options }: Json, request: Known): Known {
  if (handler === "authentication") return { ...request, user: userOf(options, request) };
  const { replace } = (options["request"] ?? {}) as { replace?: { Authorization: [Record<string, string>] } };
  const { Authorization: sent } = request.headers;
  if (handler !== "headers" || replace === undefined || sent === undefined) return request;
  const [{ search_regexp: pattern = "", replace: by = "" }] = replace.Authorization;
  return { ...request, headers: { ...request.headers, Authorization: sent.replace(new RegExp(pattern), by) } };
}

function userOf(options: Json, { headers }: Known): string | undefined {
  const { http_basic: basic } = options["providers"] as {
    http_basic: { accounts: readonly { username: string; password: string }[] };
  };
  const [, encoded = ""] = /^Basic (.*)$/.exec(headers["Authorization"] ?? "") ?? [];
  const credentials = Buffer.from(encoded, "base64").toString();
  return basic.accounts.find(({ username, password }) => credentials === `${username}:${password}`)?.username;
}

function matchesAll(matchers: Json, request: Known): boolean {
  return Object.entries(matchers).every(([name, value]) => {
    const matcher = matcherNamed[name];
    if (matcher === undefined) throw new Error(`the matcher ${name} is not known here`);
    return matcher(value as never, request);
  });
}

const matcherNamed: Readonly<Record<string, (value: never, request: Known) => boolean>> = {
  host: (hosts: readonly string[], { host }) => hosts.includes(host),
  method: (methods: readonly string[], { method }) => methods.includes(method),
  header: (fields: Lists, { headers }) =>
    Object.entries(fields).every(([name, allowed]) => {
      const value = headers[name];
      // Caddy takes an empty list for any value.
      return value !== undefined && (allowed.length === 0 || allowed.includes("*") || allowed.includes(value));
    }),
  header_regexp: (fields: Patterns, { headers }) =>
    Object.entries(fields).every(([name, { pattern }]) => new RegExp(pattern).test(headers[name] ?? "")),
  vars: (variables: Lists, { user = "" }) => variables["{http.auth.user.id}"]?.includes(user) ?? false,
  vars_regexp: (variables: Patterns, { target }) =>
    new RegExp(variables["{http.request.uri}"]?.pattern ?? "^never$").test(target),
  not: (sets: readonly Json[], request) => !sets.some((matchers) => matchesAll(matchers, request)),
  expression: (text: string, { now, error = { status: 0, message: "" } }) => {
    const [, number = ""] = /(\d+)$/.exec(text) ?? [];
    if (text === `int({time.now.unix}) >= ${number}`) return now >= Number(number);
    if (text === `{http.error.status_code} == ${number}`) return error.status === Number(number);
    if (text === `{http.error.status_code} < ${number}`) return error.status < Number(number);
    const [, part] = /^\{http\.error\.message\}\.contains\("(\w+)"\)$/.exec(text) ?? [];
    if (part !== undefined) return error.message.includes(part);
    throw new Error(`the expression ${text} is not known here`);
  },
};
