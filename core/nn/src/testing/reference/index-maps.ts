import { type Array64, zeros64 } from "./array64.js";

/** Position in a row-major tensor. */
function flatIndex(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((flat, place, axis) => flat * shape[axis]! + place, 0);
}

/** Every index of a shape, row-major. */
function* indicesOf(shape: readonly number[]): Generator<readonly number[]> {
  const size = shape.reduce((product, length) => product * length, 1);
  for (let flat = 0; flat < size; flat += 1) {
    const index: number[] = [];
    let rest = flat;
    for (const length of [...shape].reverse()) {
      index.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    yield index;
  }
}

/** A tensor whose element at an index is what the function says. */
export function fromIndices(shape: readonly number[], value: (index: readonly number[]) => number): Array64 {
  const out = zeros64(shape);
  let flat = 0;
  for (const index of indicesOf(shape)) {
    out.data[flat] = value(index);
    flat += 1;
  }
  return out;
}

/** The element at an index. */
export function at(x: Array64, index: readonly number[]): number {
  return x.data[flatIndex(x.shape, index)]!;
}

/** An elementwise function of two tensors under broadcasting. */
export function broadcast64(a: Array64, b: Array64, combine: (x: number, y: number) => number): Array64 {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [aShape, bShape] = [padded(a.shape), padded(b.shape)];
  const shape = aShape.map((length, axis) => Math.max(length, bShape[axis]!));
  const pick = (x: Array64, own: readonly number[], index: readonly number[]) =>
    x.data[
      flatIndex(
        own,
        own.map((length, axis) => (length === 1 ? 0 : index[axis]!)),
      )
    ]!;
  return fromIndices(shape, (index) => combine(pick(a, aShape, index), pick(b, bShape, index)));
}

/** A function of all values along some axes; those axes are kept with length 1, or left out. */
export function reduce64(
  x: Array64,
  axes: readonly number[],
  keepDims: boolean,
  summarize: (values: readonly number[]) => number,
): Array64 {
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const along = axes.map((axis) => x.shape[axis]!);
  const full = fromIndices(kept, (index) =>
    summarize(
      [...indicesOf(along)].map((inner) => {
        const place = [...index];
        axes.forEach((axis, order) => {
          place[axis] = inner[order]!;
        });
        return at(x, place);
      }),
    ),
  );
  return keepDims ? full : { shape: x.shape.filter((_, axis) => !axes.includes(axis)), data: full.data };
}
