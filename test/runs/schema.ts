// A recipe schema with one objective that has no fields of its own: enough for a run's folder.

import { z } from "zod";
import { type RecipeSchema, recipeSchema } from "../../src/runs/index.ts";

export const schema: RecipeSchema = recipeSchema({ none: { options: z.strictObject({}) } });
