// How deep JSON may lie within itself. Recipes are walked by functions that call themselves, here and in the schema
// library, and a value of thousands of levels would end them in the middle; it is refused before any of them sees it.

/** Levels of lists and objects within one another; a recipe has four. */
export const mostLevels = 100;

/**
 * The value of a text in JSON.
 *
 * @throws SyntaxError where it is not JSON; RangeError where it has more than `mostLevels` levels
 */
export function parseShallow(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isDeep(value)) throw new RangeError(`more than ${mostLevels} levels of lists and objects within one another`);
  return value;
}

/** Level by level, so that no depth is too much for it. */
function isDeep(value: unknown): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; depth < mostLevels && level.length > 0; depth++) {
    level = level.flatMap((one) => Object.values(one).filter(isNested));
  }
  return level.length > 0;
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
