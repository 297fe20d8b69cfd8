// Packages that a person need not have: loaded when they are needed, and where they are missing, how to get them.

import { UserError } from "./faults.ts";

/** What to tell where a package cannot be loaded. */
export interface OptionalPackage {
  /** Of the person's words, what asks for it. */
  readonly where: string;
  /** Its name, and what it does. */
  readonly expected: string;
  readonly remedy: string;
}

/**
 * Loads a package.
 *
 * @param load its `import`, so that bundlers see the name
 * @throws UserError with exit code 1 where it is not there or does not load
 */
export async function loadOptional<Loaded>(load: () => Promise<Loaded>, told: OptionalPackage): Promise<Loaded> {
  try {
    return await load();
  } catch (cause) {
    const received = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new UserError({ ...told, received }, { exitCode: 1, cause });
  }
}
