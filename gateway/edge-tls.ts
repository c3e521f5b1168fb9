import type { CalledBy } from "./certificate-names.ts";

/** How the edge proves who it is. */
export type EdgeTls =
  | { readonly mode: "none" }
  /** By the gateway's own authority, PEM. */
  | { readonly mode: "internal"; readonly certificate: string; readonly key: string }
  | ({
      readonly mode: "files";
      /** Paths on this host. */
      readonly certificate: string;
      readonly key: string;
      /** Only so that another certificate, also one behind the first, is another input. */
      readonly fingerprint: string | null;
    } & CalledBy);
