import {
  add,
  customGrad,
  engine,
  grad,
  grads,
  matMul,
  memory,
  mul,
  neg,
  ones,
  registerKernel,
  split,
  square,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tensor2d,
  tidy,
  unregisterKernel,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { layerNorm } from "codex-nn";
import { withFrugalGradients } from "#src/eager/frugal-gradients.js";
import { useCpu } from "../support/eager-cpu-backend.js";

type Loss = (...xs: Tensor[]) => Tensor;

/** An operator of the tests' own, with any gradient. */
const custom = (value: (x: Tensor) => Tensor, gradient: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[]) =>
  customGrad((...given) => {
    const [x, save] = given as unknown as [Tensor, (tensors: Tensor[]) => void];
    save([x]);
    return { value: value(x), gradFunc: gradient };
  });

describe("frugal gradients", () => {
  before(useCpu);

  const x = () => tensor2d([1, -2, 3, 0.5], [2, 2]);
  const w = () => tensor2d([0.3, 0.1, -0.2, 0.4], [2, 2]);
  const values = (tensors: readonly Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));
  const both = (loss: Loss, xs: Tensor[]) => {
    const expected = values(grads(loss)(xs));
    return { expected, found: values(withFrugalGradients(() => grads(loss)(xs))) };
  };

  it("keep nothing of a function that throws on its way forward, or back", () => {
    const xs = [x(), w()];
    const before = memory().numTensors;
    const forward: Loss = (a, b) => {
      square(matMul(tanh(a!), b!));
      throw new Error("thrown by the test");
    };
    const thrower = custom(square, () => {
      throw new Error("thrown by the test");
    });
    const back: Loss = (a, b) => sum(tanh(thrower(matMul(tanh(a!), b!))));
    for (const loss of [forward, back]) {
      expect(() => withFrugalGradients(() => grads(loss)(xs))).to.throw("thrown by the test");
      expect(memory().numTensors).to.equal(before);
    }
    for (const tensor of xs) tensor.dispose();
  });

  it("are those of tfjs-core, bit for bit", () => {
    const losses: { readonly [title: string]: Loss } = {
      "a chain": (a, b) => sum(tanh(matMul(tanh(a!), b!))),
      "one tensor in many places": (a, b) => sum(mul(add(a!, a!), add(mul(a!, b!), add(a!, b!)))),
      "outputs that lead nowhere": (a, b) => sum(mul(split(matMul(a!, b!), 2, 1)[1]!, 3)),
      "an operator that saves outputs": (a, b) => sum(square(layerNorm(matMul(a!, b!), ones([2])))),
      "operations beside the way": (a, b) => {
        square(matMul(a!, a!));
        return sum(mul(tanh(a!), b!));
      },
      "the input itself": (a, b) => add(sum(a!), sum(b!)),
    };
    for (const [title, loss] of Object.entries(losses)) {
      const { expected, found } = both(loss, [x(), w()]);
      expect(found, title).to.deep.equal(expected);
    }
  });

  it("take what gradient functions hand out: their argument, what was saved, a tensor of somebody else", () => {
    const foreign = tensor2d([5, 6, 7, 8], [2, 2]);
    const handOuts = [(dy: Tensor) => dy, (_: Tensor, [saved]: Tensor[]) => saved!, () => foreign];
    for (const handOut of handOuts) {
      const pass = custom(neg, handOut);
      const loss: Loss = (a, b) => sum(mul(tanh(pass(tanh(pass(tanh(a!))))), pass(add(pass(tanh(b!)), a!))));
      const { expected, found } = both(loss, [x(), w()]);
      expect(found).to.deep.equal(expected);
    }
    expect(Array.from(foreign.dataSync())).to.deep.equal([5, 6, 7, 8]);
  });

  it("leave only value and gradients behind", () => {
    const xs = [x(), w()];
    const before = memory().numTensors;
    const loss: Loss = (a, b) => sum(square(layerNorm(matMul(tanh(a!), b!), ones([2]))));
    const made = withFrugalGradients(() => grads(loss)(xs));
    // grads keeps the value's tensor out of sight, as it does by itself.
    expect(memory().numTensors - before).to.equal(made.length);
  });

  it("free activations and their gradients on the way back", () => {
    const depth = 40;
    const leftOver = (run: <Result>(action: () => Result) => Result) => {
      let alive = 0;
      const watch = custom(tanh, (dy) => {
        alive = memory().numTensors;
        return mul(dy, 2);
      });
      const before = memory().numTensors;
      tidy(() => {
        run(() =>
          grad((a) => {
            let y = watch(a);
            for (let layer = 0; layer < depth; layer += 1) y = tanh(y);
            return sum(y);
          })(x()),
        );
      });
      return alive - before;
    };
    expect(leftOver((action) => action())).to.be.above(2 * depth);
    expect(leftOver(withFrugalGradients)).to.be.below(10);
  });

  it("leave gradients of gradients to tfjs-core", () => {
    const second = () => grad((a) => sum(grad((b) => sum(mul(square(b), b)))(a)))(tensor1d([1, 2, 3]));
    expect(Array.from(withFrugalGradients(second).dataSync())).to.deep.equal([6, 12, 18]);
  });

  it("work for variables", () => {
    const variable = engine().makeVariable(tensor1d([1, 2]));
    const { grads: found } = withFrugalGradients(() => variableGrads(() => sum(square(variable)), [variable]));
    expect(values(Object.values(found))).to.deep.equal([[2, 4]]);
    variable.dispose();
  });

  it("say what has no gradient, or one that does not fit, and free what was saved", () => {
    registerKernel({
      kernelName: "WithoutGradient",
      backendName: "cpu",
      kernelFunc: ({ inputs }) => {
        const { a } = inputs as { a: Tensor };
        return {
          dataId: engine().backend.write(new Float32Array(4), a.shape, a.dtype),
          shape: a.shape,
          dtype: a.dtype,
        };
      },
    });
    const without = (a: Tensor) => engine().runKernel("WithoutGradient", { a }) as Tensor;
    const wrong = custom(neg, () => ones([3]));
    const cases: readonly [Loss, RegExp][] = [
      [(a) => sum(without(tanh(a!))), /WithoutGradient has no gradient/],
      [(a) => sum(wrong(tanh(a!))), /gives float32 \[3\] for its input 0, which is float32 \[2,2\]/],
    ];
    const given = x();
    const before = memory().numTensors;
    for (const [loss, message] of cases) {
      expect(() => withFrugalGradients(() => tidy(() => grad(loss)(given))))
        .to.throw(message)
        .with.property("code", "CODEX_NN_GRADIENT");
    }
    expect(() => withFrugalGradients(() => tidy(() => grad(() => sum(ones([2])))(given)))).to.throw(/does not depend/);
    expect(memory().numTensors).to.equal(before);
    unregisterKernel("WithoutGradient", "cpu");
  });

  it("are over with the action", () => {
    const own = engine().gradients;
    expect(withFrugalGradients(() => engine().gradients)).to.not.equal(own);
    expect(engine().gradients).to.equal(own);
    expect(() =>
      withFrugalGradients(() => {
        throw new Error("broken");
      }),
    ).to.throw("broken");
    expect(engine().gradients).to.equal(own);
  });
});
