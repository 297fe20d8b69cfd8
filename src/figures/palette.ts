// Colours of every figure and page, light and dark: seven series colours told apart by normal,
// protan, deutan and tritan sight and at 3:1 or more on both grounds (none of Okabe-Ito, Tol
// bright, Tableau is), text at 4.5:1 or more. Heat maps use cividis (Nunez, Anderton & Renslow
// 2018, made for colour-blind readers). `palette.test.ts` does the sums.

/** One theme: grounds, inks and seven series colours, as #rrggbb. */
export interface Palette {
  /** The page. */
  readonly ground: string;
  /** Cards, table heads, code. */
  readonly raised: string;
  /** Neutral grey without a hue, behind pictures. */
  readonly mat: string;
  readonly ink: string;
  readonly muted: string;
  /** Grid lines and borders that only order the page. */
  readonly hairline: string;
  /** Lines that carry meaning: axes, floors, whiskers. */
  readonly rule: string;
  readonly series: readonly string[];
}

export const light: Palette = {
  ground: "#ffffff",
  raised: "#f6f7f9",
  mat: "#ececec",
  ink: "#1b1d22",
  muted: "#5b616d",
  hairline: "#dde0e6",
  rule: "#7b818d",
  series: ["#378fe8", "#a83905", "#086e59", "#d16b9e", "#8d8c0a", "#4a2b00", "#004169"],
};

export const dark: Palette = {
  ground: "#16181d",
  raised: "#1f2229",
  mat: "#2b2b2b",
  ink: "#e9ebef",
  muted: "#a4abb8",
  hairline: "#343841",
  rule: "#868d9a",
  series: ["#0e84d8", "#c84e00", "#3dc59d", "#985e87", "#fee73c", "#d89611", "#b4defc"],
};

/** The palette as CSS custom properties `--ground` ... `--series-7`, for the page's two themes. */
export function customProperties({ series, ...named }: Palette): string {
  const colours = [...Object.entries(named), ...series.map((colour, i) => [`series-${i + 1}`, colour])];
  return colours.map(([name, colour]) => `--${name}:${colour}`).join(";");
}

/**
 * Rules for the classes that drawings use: `ink`, `series-1`, ... fill, `line-ink` strokes
 * alone, `edge-ink` strokes besides; `on-white` is ink that never changes. `colour` gives what
 * each name stands for: a literal in a stand-alone picture, `var(--name)` in a page.
 */
export function drawingRules(colour: (name: string) => string): string {
  const names = ["ground", "raised", "mat", "ink", "muted", "hairline", "rule", ...seriesNames];
  const onWhite = `.on-white{fill:${light.ink}}`;
  const rules = names
    .map(
      (name) =>
        `.${name}{fill:${colour(name)}}.line-${name}{stroke:${colour(name)};fill:none}.edge-${name}{stroke:${colour(name)}}`,
    )
    .join("");
  return rules + onWhite;
}

/** What a name of `drawingRules` is in one palette. */
export function colourIn(palette: Palette, name: string): string {
  const index = seriesNames.indexOf(name);
  if (index >= 0) return palette.series[index];
  const { series: _, ...named } = palette;
  return new Map<string, string>(Object.entries(named)).get(name) ?? palette.ink;
}

const seriesNames = light.series.map((_, i) => `series-${i + 1}`);

/** Cividis at ten equal steps. */
const cividisStops = [
  "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
]; // biome-ignore format: a scale is read along its line

/** Colour of cividis at `position` in 0..1 as #rrggbb; dark blue is low, yellow is high. */
export function cividis(position: number): string {
  const place = Math.min(Math.max(position, 0), 1) * (cividisStops.length - 1);
  const lower = Math.min(Math.floor(place), cividisStops.length - 2);
  const [from, to] = [channels(cividisStops[lower]), channels(cividisStops[lower + 1])];
  const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * (place - lower)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Red, green and blue of #rrggbb, 0..255. */
export function channels(colour: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
