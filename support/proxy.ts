const thisHost = ["localhost", "127.0.0.1", "::1"];

/**
 * Settings with which nothing that is meant for this host goes through a proxy.
 *
 * Each program reads one spelling of the variable, and some take a blank in it for a part of a name.
 */
export function exceptThisHost(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { no_proxy, NO_PROXY, no_grpc_proxy } = environment;
  const list = withThisHost(no_proxy, NO_PROXY);
  return {
    no_proxy: list,
    NO_PROXY: list,
    // Where it is set, Pulumi's SDK looks at no other.
    ...(no_grpc_proxy === undefined ? {} : { no_grpc_proxy: withThisHost(no_grpc_proxy) }),
  };
}

function withThisHost(...lists: readonly (string | undefined)[]): string {
  const listed = lists.flatMap((list) => (list ?? "").split(/[\s,]+/)).filter((name) => name !== "");
  return [...new Set([...listed, ...thisHost])].join(",");
}

/** Options of `docker run` and `docker create` that keep out the proxies which the docker CLI puts into every container. */
export const withoutProxies: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()])
  .flatMap((name) => ["--env", `${name}=`]);
