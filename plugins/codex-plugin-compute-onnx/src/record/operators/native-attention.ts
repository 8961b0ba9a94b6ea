import { type Attributes, float, int, nodeOf, producer, uniformValue, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall } from "../recorded-kernel.js";

/** The key of a mask that a kernel can draw for itself, and how it is drawn. */
interface Dropout {
  readonly key?: Value | undefined;
  readonly attributes: Attributes;
}

const noDropout: Dropout = { attributes: { site: int(0), threshold: int(0) } };

/** How to draw the mask; undefined where it came about in another way. */
function dropoutOf(mask: Value | undefined): Dropout | undefined {
  if (!mask || uniformValue(mask) === 1) return noDropout;
  const drawn = producer(mask, "DropoutMask");
  return drawn && { key: drawn.inputs[0], attributes: drawn.attributes };
}

/**
 * Attention that keeps two numbers a query for the gradient, and neither scores nor masks; undefined where native
 * operators may not be used, or the dropout mask is not one that they can draw.
 */
export function nativeAttention({ g, native, input, optional, attrs }: KernelCall): readonly Value[] | undefined {
  const dropout = dropoutOf(optional("dropoutMask"));
  if (!native || !dropout) return undefined;
  const q = input("q");
  const [length, batch, heads] = q.shape as [number, number, number];
  const outputs = [q, { dtype: q.dtype, shape: [2, batch, heads, length] }];
  const attributes = { ...dropout.attributes, scale: float(attrs.get<number>("scale")) };
  const inputs = [q, input("k"), input("v"), optional("segmentIds"), dropout.key];
  return g.node("CausalAttention", inputs, outputs, attributes, nativeDomain).outputs;
}

/** Its gradient; undefined where the forward kernel was another. */
export function nativeAttentionGrad({ g, input, optional, attrs }: KernelCall): readonly Value[] | undefined {
  const saved = input("saved");
  const dropout = dropoutOf(optional("dropoutMask"));
  if (nodeOf(saved)?.op !== "CausalAttention" || !dropout) return undefined;
  const [q, k, v] = ["q", "k", "v"].map(input) as [Value, Value, Value];
  const attributes = { ...dropout.attributes, scale: float(attrs.get<number>("scale")) };
  const inputs = [input("dy"), input("y"), saved, q, k, v, optional("segmentIds"), dropout.key];
  return g.node("CausalAttentionGradient", inputs, [q, k, v], attributes, nativeDomain).outputs;
}
