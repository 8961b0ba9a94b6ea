import { mul, registerKernel, reshape, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { NodeBackend } from "../node-binding.js";

/**
 * Cross entropy by TensorFlow's own operation, which gives the losses and softmax(logits) − one-hot(target) at once.
 * The second stands in the place of the probabilities, which go to nothing but the gradient below.
 */
export function installTokenCrossEntropy(backendName: string): void {
  registerKernel({
    kernelName: "CodexTokenCrossEntropy",
    backendName,
    kernelFunc({ inputs, backend }) {
      const { logits, targetIds } = inputs as { logits: Tensor; targetIds: Tensor };
      const { binding, executeMultipleOutputs } = backend as NodeBackend;
      const attributes = [
        { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: "Tlabels", type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
      ];
      const name = "SparseSoftmaxCrossEntropyWithLogits";
      return executeMultipleOutputs.call(backend, name, attributes, [logits, targetIds], 2);
    },
  });
  registerKernel({
    kernelName: "CodexTokenCrossEntropyGrad",
    backendName,
    kernelFunc({ inputs }) {
      const { dLosses, probabilities } = inputs as { dLosses: Tensor; probabilities: Tensor };
      return tidy(() => mul(probabilities, reshape(dLosses, [dLosses.size, 1])));
    },
  });
}
