// A small tree of elements and its one serialiser, for SVG and HTML alike: text and attributes are
// escaped here and only here, so that a run name, a label or a file name can never become markup.

/** An attribute left out when undefined; numbers are written with at most two decimals. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A text node or an element. */
export type Content = Element | string;

/** One element of SVG or HTML. */
export interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: readonly Content[];
}

/** An element; a single child may be given without its array. */
export function element(
  name: string,
  attributes: Attributes = {},
  children: Content | readonly Content[] = [],
): Element {
  return { name, attributes, children: isList(children) ? children : [children] };
}

/** The text of an element or text node, every character of it inert but for `style`, which takes only our own rules. */
export function serialise(content: Content): string {
  if (typeof content === "string") return escapeText(content);
  const { name, attributes, children } = content;
  const opening = `<${name}${Object.entries(attributes).map(serialiseAttribute).join("")}>`;
  if (withoutEnd.has(name)) return opening;
  return `${opening}${name === "style" ? styleRules(children) : children.map(serialise).join("")}</${name}>`;
}

/** HTML elements that have no content and no end tag. */
const withoutEnd: ReadonlySet<string> = new Set(["meta", "br", "hr"]);

function isList(children: Content | readonly Content[]): children is readonly Content[] {
  return Array.isArray(children);
}

function serialiseAttribute([name, value]: [string, string | number | undefined]): string {
  if (value === undefined) return "";
  return ` ${name}="${escapeText(typeof value === "number" ? String(Number(value.toFixed(2))) : value)}"`;
}

function styleRules(children: readonly Content[]): string {
  const rules = children.filter((child) => typeof child === "string").join("");
  if (rules.includes("</")) throw new Error("internal: style rules would end their element; please report it");
  return rules;
}

const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => named[character]).replace(/\p{Cc}/gu, visibleControl);
}

/** XML forbids control characters and a terminal would obey them: they are shown by their pictures, U+2400 on. */
function visibleControl(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\t" || character === "\n") return character;
  if (code === 127) return "\u2421";
  return code < 32 ? String.fromCharCode(0x2400 + code) : "\ufffd";
}
