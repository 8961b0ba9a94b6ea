import { expect } from "chai";
import { MemoryShortage } from "codex-nn";
import { BindingMemory } from "#src/binding-memory.js";
import type { NodeBinding } from "#src/node-binding.js";

/** A binding that makes tensors of any operation, of as many float32 elements as its name ends in. */
class FakeBinding {
  readonly TF_FLOAT = 1;
  readonly TF_INT32 = 3;
  readonly TF_BOOL = 10;
  readonly held = new Set<number>();
  #last = 0;

  createTensor = (_shape: readonly number[], _dtype: number, values: unknown) => {
    if (!values) throw new Error("thrown by the test");
    return this.#make();
  };

  deleteTensor = (handle: number) => {
    if (!this.held.delete(handle)) throw new Error("Tensor ID not referenced");
  };

  executeOp = (name: string, _attributes: unknown, _inputs: unknown, outputs: number) =>
    Array.from({ length: outputs }, () => ({
      id: this.#make(),
      shape: [Number(/\d*$/.exec(name)![0])],
      dtype: this.TF_FLOAT,
    }));

  #make(): number {
    this.#last += 1;
    this.held.add(this.#last);
    return this.#last;
  }
}

describe("the memory of TensorFlow's tensors", () => {
  let binding: FakeBinding;
  let memory: BindingMemory;
  let counted: NodeBinding;

  beforeEach(() => {
    binding = new FakeBinding();
    memory = new BindingMemory(binding as unknown as NodeBinding);
    counted = memory.counted;
  });

  const execute = (name: string, inputs: readonly number[] = [], outputs = 1) =>
    counted.executeOp(name, [], inputs, outputs).map(({ id }) => id);

  it("is counted once where tensors share it, until the last of them is gone", () => {
    const made = counted.createTensor([2, 5], counted.TF_INT32, new Int32Array(10));
    counted.createTensor([3], counted.TF_BOOL, new Uint8Array(3));
    counted.createTensor([3], 20, new Uint8Array(3));
    expect(memory.usedBytes).to.equal(43);
    const [reshaped] = execute("Reshape", [made]);
    const [sum] = execute("AddV2:10", [made]);
    expect(memory.usedBytes).to.equal(83);
    counted.deleteTensor(made);
    expect(memory.usedBytes).to.equal(83);
    counted.deleteTensor(reshaped!);
    counted.deleteTensor(sum!);
    expect(memory.usedBytes).to.equal(3);
  });

  it("is refused beyond the limit, and all outputs of the operation are freed", () => {
    execute("Old:5");
    memory.within(100, () => {
      expect(() => execute("Split:10", [], 3)).to.throw(MemoryShortage, "40 bytes, 140 in all; the limit is 100");
      expect(memory.usedBytes).to.equal(20);
      expect(binding.held.size).to.equal(1);
      expect(() => counted.createTensor([30], counted.TF_FLOAT, new Float32Array(30))).to.throw(MemoryShortage);
      execute("AddV2:20");
    });
    expect(memory.usedBytes).to.equal(100);
  });

  it("is freed of what operations of failed work had made, and of nothing else", () => {
    const [old] = execute("Old:5");
    let constant = 0;
    const work = () => {
      constant = counted.createTensor([1], counted.TF_FLOAT, Float32Array.of(1));
      const [gone] = execute("AddV2:10");
      execute("AddV2:10");
      counted.deleteTensor(gone!);
      throw new Error("thrown by the test");
    };
    expect(() => memory.within(undefined, work)).to.throw("thrown by the test");
    expect([...binding.held]).to.deep.equal([old, constant]);
    expect(memory.usedBytes).to.equal(24);
    expect(() => counted.createTensor([1], counted.TF_FLOAT, undefined)).to.throw("thrown by the test");
    expect(memory.usedBytes).to.equal(24);
  });
});
