// Names of files and runs may hold codes that drive a terminal (colours, titles, cleared screens, reversed writing
// directions). Everything that the command line prints passes through here, so they are shown and never obeyed.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** `text` with every control character but the line feed written as `\uXXXX`. */
export function escapeControls(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `text` on one line: as `escapeControls`, the line feed written out as well. */
export function escapeLine(text: string): string {
  return escapeControls(text).replaceAll("\n", "\\u000a");
}
