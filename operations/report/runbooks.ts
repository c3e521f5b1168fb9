/** What to do about some alerts. */
export interface Runbook {
  /** Its anchor, within the document and the page. */
  readonly id: string;
  readonly title: string;
  /** In Markdown. */
  readonly text: string;
  /** Names of those alerts. */
  readonly alerts: readonly string[];
}
