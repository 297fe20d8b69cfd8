// The door of `optim`: the update as a program over chunks of the flat store, and schedules as functions of the step.

export {
  type AdamOptions,
  clipScale,
  isDecayed,
  type StepSettings,
  squaredNorms,
  type UpdateOptions,
  updateOfChunk,
  updateScalars,
} from "./adamw.ts";
export { type Course, cosine, linear, type WarmupCosine, warmupCosine } from "./schedules.ts";
