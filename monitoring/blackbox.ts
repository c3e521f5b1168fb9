import { stringify } from "yaml";

/** Whose certificate it is has another judge, which knows the organisation's root. */
const tls = { tls_config: { insecure_skip_verify: true } };

const http = { preferred_ip_protocol: "ip4", follow_redirects: false, ...tls };

/** blackbox.yml: what counts as an answer. */
export function blackboxText(): string {
  return stringify({
    modules: {
      ok: { prober: "http", timeout: "10s", http: { ...http, valid_status_codes: [200] } },
      // A gateway that asks for a token is there.
      answers: { prober: "http", timeout: "10s", http: { ...http, valid_status_codes: [200, 401] } },
      unauthorized: { prober: "http", timeout: "10s", http: { ...http, valid_status_codes: [401] } },
    },
  });
}
