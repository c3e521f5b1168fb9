const thisHost = ["localhost", "127.0.0.1", "::1"];

/**
 * Settings with which nothing that is meant for this host goes through a proxy.
 *
 * Each program reads one spelling of the variable, and some take a blank in it for a part of a name.
 */
export function exceptThisHost(environment: NodeJS.ProcessEnv): { no_proxy: string; NO_PROXY: string } {
  const listed = [environment["no_proxy"], environment["NO_PROXY"]].flatMap((list) => (list ?? "").split(/[\s,]+/));
  const list = [...new Set([...listed.filter((name) => name !== ""), ...thisHost])].join(",");
  return { no_proxy: list, NO_PROXY: list };
}
