import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { installOperators } from "codex-nn";
import { assertClose, type HostArray, type HostTensor, runOnce } from "codex-nn/testing";
import type { OnnxBackend } from "codex-plugin-compute-onnx";

type Named<Value> = { readonly [name: string]: Value };

/** A computation whose compiled result has to equal the plain JavaScript backend's. */
export type Body = (inputs: Named<tf.Tensor>) => tf.Tensor | readonly tf.Tensor[];

const list = (result: ReturnType<Body>) => (Array.isArray(result) ? result : [result]) as readonly tf.Tensor[];

/** Booleans cannot leave a program. */
const outgoing = (tensor: tf.Tensor) => (tensor.dtype === "bool" ? tf.cast(tensor, "int32") : tensor);

/** The result on tfjs-core's plain JavaScript backend. */
function onReference(inputs: Named<HostTensor>, body: Body): HostArray[] {
  const before = tf.getBackend();
  Object.assign(tf.findBackend("cpu"), { firstUse: false });
  tf.setBackend("cpu");
  installOperators("cpu");
  try {
    return tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
        name,
        tf.tensor(data, [...shape], dtype),
      ]);
      const outputs = list(body(Object.fromEntries(tensors)));
      return outputs.map((output) => outgoing(output).dataSync().slice() as HostArray) as never;
    });
  } finally {
    if (before && before !== "cpu") tf.setBackend(before);
  }
}

/** Asserts that a body computes on the compiled backend what it computes on the reference. */
export async function compareKernels(
  backend: OnnxBackend,
  title: string,
  inputs: Named<HostTensor>,
  body: Body,
  tolerance = { relative: 2e-6, ofLargest: 2e-6 },
): Promise<void> {
  const expected = onReference(inputs, body);
  const actual = await runOnce(backend, inputs, (tensors) =>
    Object.fromEntries(list(body(tensors)).map((output, index) => [`y${index}`, outgoing(output)])),
  );
  expected.forEach((values, index) => {
    assertClose(actual[`y${index}`]!, values, tolerance, `${title}, output ${index}`);
  });
}
