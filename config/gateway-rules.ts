import { isEverywhere } from "../support/address.ts";
import type { Problem } from "./problems.ts";
import { probeClient } from "./resolve.ts";
import { loopback, pinAdvice, pinned, type Rule } from "./rule.ts";
import type { StackConfig } from "./schema.ts";

type Config = Partial<StackConfig>;

/** A rule for stacks whose gateway is on. */
function whenOn(rule: (gateway: StackConfig["gateway"], config: Config) => Problem | undefined): Rule {
  return (config) => (config.gateway?.enabled ? rule(config.gateway, config) : undefined);
}

const serverNeedsNoWayOut = whenOn((_, { delivery }) =>
  delivery === "pull"
    ? {
        path: ["gateway", "enabled"],
        message:
          "behind the gateway the server has no way out, and delivery pull downloads the model through it: write false, or delivery embedded",
      }
    : undefined,
);

const someoneMayAsk = whenOn(({ clients }) =>
  clients.length === 0
    ? { path: ["gateway", "clients"], message: "nobody could ask anything: name a client, for example [backend]" }
    : undefined,
);

const namesDiffer = whenOn(({ clients }) => {
  const names = clients.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? undefined
    : { path: ["gateway", "clients"], message: `${twice} stands there twice: give each client a name of its own` };
});

const probeIsFree = whenOn(({ clients }, { monitoring }) => {
  const index = monitoring?.enabled ? clients.findIndex(({ name }) => name === probeClient) : -1;
  return index === -1
    ? undefined
    : {
        path: ["gateway", "clients", String(index), "name"],
        message: `${probeClient} is the client that the monitoring asks as: give this one another name`,
      };
});

const modelsAreServed = whenOn(({ clients }, { models: served }) => {
  if (served === undefined) return undefined;
  const names = served.map(({ name }) => name);
  const named = clients.flatMap(({ models = [] }, index) => models.map((name) => ({ name, index })));
  const unknown = named.find(({ name }) => !names.includes(name));
  return (
    unknown && {
      path: ["gateway", "clients", String(unknown.index), "models"],
      message: `${unknown.name} is not served here: name ${names.join(" or ")}, or leave the key out`,
    }
  );
});

const parallelFits = whenOn(({ clients }, { ollama }) => {
  const most = ollama?.numParallel ?? Infinity;
  const index = clients.findIndex(({ maxParallel = 1 }) => maxParallel > most);
  return index === -1
    ? undefined
    : {
        path: ["gateway", "clients", String(index), "maxParallel"],
        message: `the server answers ${most} at a time, ollama.numParallel: write ${most} or less, or raise that`,
      };
});

const tokensNeedTls = whenOn(({ tls }, { address }) =>
  tls.mode === "none" && address !== undefined && !loopback(address)
    ? {
        path: ["gateway", "tls", "mode"],
        message: `tokens would cross the network in plain text, as address is ${address}: write files or internal, or publish on 127.0.0.1`,
      }
    : undefined,
);

const wildcardNeedsHosts = whenOn(({ hosts }, { address }) =>
  hosts.length === 0 && address !== undefined && isEverywhere(address)
    ? {
        path: ["gateway", "hosts"],
        message: "published on all addresses, the gateway has to know by which names it is called: list them",
      }
    : undefined,
);

const filesAreNamed = whenOn(({ tls }) => {
  if (tls.mode !== "files") return undefined;
  const missing = (["certificate", "key"] as const).find((key) => tls[key] === undefined);
  return missing && { path: ["gateway", "tls", missing], message: "mode files needs it: write the path of a PEM file" };
});

const imagesArePinned = whenOn(({ image, usher }) => {
  const path = !pinned(image) ? ["image"] : !pinned(usher.image) ? ["usher", "image"] : undefined;
  return path && { path: ["gateway", ...path], message: `the gateway needs an image that cannot move: ${pinAdvice}` };
});

/** Name of an image's repository, without the registry and the folders before it. */
function repositoryOf(image: string): string | undefined {
  return /([^/:@]+)(:[^/@]*)?(@.*)?$/.exec(image)?.[1];
}

const imageIsNotOfBefore = whenOn(({ image }) =>
  repositoryOf(image) === "caddy"
    ? {
        path: ["gateway", "image"],
        message:
          "this is an image of Caddy, which was the gateway of earlier versions: leave the key out, or name an image of HAProxy 3.2 or later",
      }
    : undefined,
);

/** The rules between keys of the gateway. */
export const gatewayRules: readonly Rule[] = [
  serverNeedsNoWayOut,
  someoneMayAsk,
  namesDiffer,
  probeIsFree,
  modelsAreServed,
  parallelFits,
  tokensNeedTls,
  wildcardNeedsHosts,
  filesAreNamed,
  imagesArePinned,
  imageIsNotOfBefore,
];
