// Commands that people are told to type hold names and paths of theirs.

/** A word as a shell takes it: bare where it may be, else in quotes. */
export function shellWord(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
