import { runPython } from "./interop.js";

const accumulate = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
import tensorboard.util.tensor_util as tensor_util
events = EventAccumulator(sys.argv[1], size_guidance={k: 0 for k in ("scalars", "tensors", "histograms", "images")})
events.Reload()
tags = events.Tags()
scalars = {tag: [[e.step, e.wall_time, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]}
def text(e):
    array = tensor_util.make_ndarray(e.tensor_proto)
    return [x.decode() if isinstance(x, bytes) else x for x in array.ravel().tolist()]
tensors = {tag: [[e.step, text(e)] for e in events.Tensors(tag) if e.tensor_proto.ByteSize()] for tag in tags["tensors"]}
images = {tag: [[e.step, e.width, e.height] for e in events.Images(tag)] for tag in tags["images"]}
print(json.dumps({"scalars": scalars, "tensors": tensors, "images": images}))
`;

/** What TensorBoard finds in a run. */
export interface Accumulated {
  readonly scalars: { readonly [tag: string]: readonly (readonly [step: number, seconds: number, value: number])[] };
  readonly tensors: { readonly [tag: string]: readonly (readonly [step: number, values: readonly unknown[]])[] };
  readonly images: { readonly [tag: string]: readonly (readonly number[])[] };
}

/** Everything that TensorBoard's own EventAccumulator finds in a folder. */
export function readEvents(folder: string): Accumulated {
  return runPython(accumulate, folder) as Accumulated;
}
