// The door of the objectives: one paper, one file.

export { type Ijepa, type IjepaOptions, type IjepaSizes, type IjepaTensors, ijepa } from "./ijepa.ts";
export { type MaskChoiceOptions, maskChoices } from "./mask-choices.ts";
export type {
  Choice,
  Choices,
  LossInputs,
  Method,
  ModelSizes,
  Objective,
  ObjectiveRecipe,
  StepStreams,
  Terms,
} from "./objective.ts";
export { objectives } from "./objectives.ts";
