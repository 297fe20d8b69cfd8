/**
 * The order of the rooms, once. Imports between rooms go only down this list, and only through a room's `index.ts`.
 * `biome.rooms.json`, which makes that a lint rule, is written from here: `npx tsx scripts/rooms.ts` writes it,
 * `test/packaging/rooms.test.ts` checks that it is up to date and that every folder under `src` is listed.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** From the top of the house to its foundation; rooms of one level do not import each other. */
export const levels: readonly (readonly string[])[] = [
  ["cli"],
  ["studio", "web"],
  ["recipes"],
  ["training"],
  ["agent"],
  ["evaluation"],
  ["embedding"],
  ["decoding"],
  ["hub"],
  ["runs"],
  ["figures"],
  ["objectives"],
  ["masks"],
  ["nn"],
  ["optim"],
  ["data"],
  ["runtime"],
  ["tensor", "spectra"],
  ["files"],
  ["random", "errors"],
];

/** The second door of a room of which a part runs in any runtime: it loads no Node module. */
const portable = "any-runtime.ts";

/** Rooms whose code also runs in a browser and so imports no Node module. */
export const anyRuntime: readonly string[] = [
  "web",
  "tensor",
  "nn",
  "objectives",
  "masks",
  "optim",
  "spectra",
  "random",
  "errors",
];

interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
}

interface Override {
  readonly includes: readonly string[];
  readonly linter: unknown;
}

const override = (includes: readonly string[], patterns: readonly Pattern[]): Override => ({
  includes,
  linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns } } } } },
});

const throughTheRoot: Pattern = {
  group: ["**/src/**"],
  message: "Inside src, import a room by its relative path (../room/index.ts).",
};

/** What a file of `room` may not import. */
function restrictions(room: string, level: number): Pattern[] {
  const closed = levels
    .slice(0, level + 1)
    .flat()
    .filter((other) => other !== room);
  const open = levels.slice(level + 1).flat();
  const patterns = [throughTheRoot];
  if (closed.length > 0) {
    patterns.push({
      group: closed.map((other) => `**/../${other}/**`),
      message: `Imports go down the list of rooms in scripts/rooms.ts: ${room} lies below or beside this one.`,
    });
  }
  if (open.length > 0) {
    patterns.push({
      group: open.flatMap((other) => [`**/../${other}/**`, `!**/../${other}/index.ts`, `!**/../${other}/${portable}`]),
      message: `Another room is imported through its index.ts or ${portable} only.`,
    });
  }
  return patterns;
}

/**
 * The content of `biome.rooms.json`: one override a room, one for the
 * code in rooms that run anywhere, one for what lies outside `src`.
 */
export function roomRules(): { overrides: readonly Override[] } {
  const rooms = levels.flatMap((names, level) => names.map((room) => ({ room, patterns: restrictions(room, level) })));
  const noNode: Pattern = {
    group: ["node:*", "node:*/*"],
    message: "This room runs in browsers too: no Node modules.",
  };
  const outside: Pattern = {
    group: ["**/src/*/**", "!**/src/*/index.ts"],
    message: "From outside, a room is imported through its index.ts only.",
  };
  return {
    overrides: [
      ...rooms.map(({ room, patterns }) => override([`src/${room}/**`], patterns)),
      ...rooms
        .filter(({ room }) => anyRuntime.includes(room))
        .map(({ room, patterns }) => override([`src/${room}/**`, "!**/*.test.ts"], [...patterns, noNode])),
      override(["src/*.ts"], [{ group: ["./*/**", "!./*/index.ts"], message: outside.message }]),
      override(["test/**", "bench/**", "examples/**"], [outside]),
    ],
  };
}

/** The text of `biome.rooms.json`. */
export function roomRulesText(): string {
  return `${JSON.stringify(roomRules(), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("../biome.rooms.json", import.meta.url)), roomRulesText());
}
