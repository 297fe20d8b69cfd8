// A folder of reference numbers: tensors as safetensors, settings as JSON. It remembers
// what was read, so that a test can say which of its names no check looks at.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { readSafetensors, type StoredTensor } from "../../src/files/index.ts";

/** A fixture folder that is read once, whatever the number of checks. */
export interface Fixture {
  readonly name: string;
  /** The names in a tensor file. */
  names(file: string): Promise<string[]>;
  /** A tensor by file and name; throws where either is missing. */
  tensor(file: string, name: string): Promise<StoredTensor>;
  /** A settings file, checked against its schema. */
  json<Content>(file: string, schema: z.ZodType<Content>): Promise<Content>;
  /** The place of a file or folder, for checks that open it themselves. */
  path(file: string): string;
  /** `file` or `file: name` of whatever no check has read, checkpoints of other formats aside. */
  unread(): Promise<string[]>;
}

/** Opens the fixture `name` in a folder of fixtures; whatever is missing there fails when it is asked for. */
export function openFixture(folder: string, name: string): Fixture {
  const files = new Map<string, Promise<Map<string, StoredTensor>>>();
  const read = new Set<string>();
  const contentOf = (file: string): Promise<Map<string, StoredTensor>> => {
    const content = files.get(file) ?? readSafetensors(join(folder, name, file)).then(({ tensors }) => tensors);
    files.set(file, content);
    return content;
  };

  return {
    name,
    names: async (file) => [...(await contentOf(file)).keys()],
    tensor: async (file, tensor) => {
      read.add(label(file, tensor));
      const found = (await contentOf(file)).get(tensor);
      if (found === undefined) throw new Error(`${name}/${file} holds no tensor ${tensor}`);
      return found;
    },
    json: async (file, schema) => {
      read.add(file);
      return schema.parse(JSON.parse(await readFile(join(folder, name, file), "utf8")));
    },
    path: (file) => join(folder, name, file),
    unread: async () => {
      const present: string[] = [];
      for (const file of (await readdir(join(folder, name))).sort()) {
        if (file.endsWith(".json")) present.push(file);
        if (!file.endsWith(".safetensors")) continue;
        present.push(...[...(await contentOf(file)).keys()].map((tensor) => label(file, tensor)));
      }
      return present.filter((each) => !read.has(each));
    },
  };
}

function label(file: string, tensor: string): string {
  return `${file}: ${tensor}`;
}
