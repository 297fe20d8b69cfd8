// The door of training: the pre-training loop and what it is made of.

export { createModelState, declaredBy, type ModelState, type StoredView } from "./model-state.ts";
export { type ChoiceShapes, lossInputs, traceFeatures, traceGradients, traceLoss, traceTargets } from "./programs.ts";
export { type Pictures, type Schedules, type StepOptions, Stepper, type StepResult } from "./step.ts";
