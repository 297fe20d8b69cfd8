// Colour: whether a stream gets any, and the few styles in use. Meaning never hangs on colour alone. Order:
// --color, then FORCE_COLOR, NO_COLOR, TERM=dumb and CI (Node's own order), then whether the stream is a terminal.

/** What --color may be. */
export const colourChoices = ["auto", "always", "never"] as const;
export type ColourChoice = (typeof colourChoices)[number];

/** Text styles and their SGR codes (ECMA-48, 8.3.117). */
const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof codes;

/** Whether a stream is coloured; `environment` is read, each stream is judged by itself. */
export function hasColour(
  choice: ColourChoice,
  stream: { readonly isTerminal: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== "auto") return choice === "always";
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return ["", "1", "2", "3", "true"].includes(forced);
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== "") return false;
  if (environment.TERM === "dumb" || isContinuousIntegration(environment)) return false;
  return stream.isTerminal;
}

/** Whether the environment says that no person is looking (`CI` set and not "false" or "0"). */
export function isContinuousIntegration(environment: Readonly<Record<string, string | undefined>>): boolean {
  return !["", "0", "false"].includes(environment.CI ?? "");
}

/** `text` in `style`. */
export function styled(style: Style, text: string): string {
  const [on, off] = codes[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
