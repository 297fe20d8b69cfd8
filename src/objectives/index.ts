// The door of the objectives: one paper, one file.

export { type IjepaOptions, type IjepaSizes, ijepa } from "./ijepa.ts";
export type { Choice, Choices, LossInputs, Method, StepStreams, Terms } from "./objective.ts";
