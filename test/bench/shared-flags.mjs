import { countFlag, oneOf, switchFlag, textFlag } from "./flags.mjs";
import { computeNames } from "./open-backend.mjs";
import { parseShape } from "./shapes.mjs";

const shapeOf = (text) => {
  const shape = parseShape(text);
  return shape && { text, shape, toString: () => text };
};
const shapesOf = (text) => {
  const shapes = text.split(",").map(shapeOf);
  return shapes.includes(undefined) ? undefined : shapes;
};

/** Read as the text and the sizes it means. */
export const shapeFlag = (preset) => ({
  value: "S|M|L|base",
  says: "Sizes, by name; changed as in S+contextLength=128.",
  default: shapeOf(preset),
  read: shapeOf,
});

export const shapesFlag = (preset) => ({
  value: "S,M,L",
  says: "Shapes, in turn; changed as in S+contextLength=128.",
  default: shapesOf(preset),
  read: shapesOf,
});

export const roundsFlag = (preset) => countFlag("Rounds; in each, everyone takes a turn.", preset);

export const pythonFlag = textFlag("PATH", "Python with what peers/requirements.txt names.", "python3");

/** What Codex computes on. */
export const computeFlags = {
  compute: oneOf(computeNames, "Backend of Codex."),
  device: textFlag("NAME", "compute.device of the backend. Default: the backend's own."),
  "no-native": switchFlag("Stock operators only: compute.native is false."),
};
