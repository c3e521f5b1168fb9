/** The languages that a report is written in. */
export const languages = ["en", "ko"] as const;

/** One of them. */
export type Language = (typeof languages)[number];

/** A text in each of them. */
export type Text = Readonly<Record<Language, string>>;
