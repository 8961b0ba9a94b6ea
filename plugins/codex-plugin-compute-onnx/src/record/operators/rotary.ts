import { rotaryFrequencies } from "codex-nn";
import { int } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelFamily } from "../recorded-kernel.js";

const flag = (isSet: boolean) => int(isSet ? 1 : 0);

export const rotaryKernels: KernelFamily = {
  CodexRotary: ({ g, input, attrs }) => {
    const x = input("x");
    const frequencies = rotaryFrequencies(x.shape[3]!, attrs.get<number>("base"));
    const table = g.constant("float32", [frequencies.length], frequencies);
    const options = { interleaved: flag(attrs.get<boolean>("interleaved")), back: flag(attrs.get<boolean>("back")) };
    return g.apply("Rotary", [x, input("positions"), table], x.dtype, x.shape, options, nativeDomain);
  },
};
