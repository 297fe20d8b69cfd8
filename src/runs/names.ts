// Names of runs: one folder name each. A run that is given no name
// is called after its recipe and numbered: demo-1, demo-2, ...

import { UserError } from "../errors/index.ts";

/** Throws UserError where a name cannot be that of a folder on every system, or would be hidden. */
export function checkRunName(name: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name) && !name.endsWith(".")) return;
  throw new UserError({
    where: "--name",
    expected: "up to 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    received: JSON.stringify(name),
    remedy: `use, for example, --name ${stemOf(name)}`,
  });
}

/** The next free name of an unnamed run: one more than the highest number in use. */
export function numberedName(recipeName: string, taken: readonly string[]): string {
  const stem = stemOf(recipeName);
  const numbers = taken.map((name) => {
    const number = name.startsWith(`${stem}-`) ? name.slice(stem.length + 1) : "";
    return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : 0;
  });
  return `${stem}-${Math.max(0, ...numbers) + 1}`;
}

function stemOf(words: string): string {
  const stem = words.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  return stem.slice(0, 80) || "run";
}
