import { clients } from "./pages/clients.ts";
import { host } from "./pages/host.ts";
import { models } from "./pages/models.ts";
import { service } from "./pages/service.ts";
import type { Page } from "./panel.ts";

export type { Page, Panel } from "./panel.ts";

/** What an operator looks at, in the order of questions: is it there, for whom, with what, on what. */
export const pages: readonly Page[] = [service, clients, models, host];
