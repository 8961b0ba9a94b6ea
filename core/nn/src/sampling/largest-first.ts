/**
 * Numbers from the largest to the smallest, as many as are asked for: a heap makes the first ones cheap, where sorting
 * would look at the order of all.
 */
export function* largestFirst(values: Float64Array): Generator<number, void, void> {
  // Each number is no smaller than the two at twice its place, plus 1 and plus 2.
  const heap = values.slice();
  for (let place = (heap.length >> 1) - 1; place >= 0; place -= 1) sink(heap, heap.length, place);
  for (let size = heap.length - 1; size >= 0; size -= 1) {
    yield heap[0]!;
    heap[0] = heap[size]!;
    sink(heap, size, 0);
  }
}

/** Moves a number down to where the heap of `size` numbers is in order below it. */
function sink(heap: Float64Array, size: number, start: number): void {
  const value = heap[start]!;
  let place = start;
  for (let child = 2 * start + 1; child < size; child = 2 * place + 1) {
    if (child + 1 < size && heap[child + 1]! > heap[child]!) child += 1;
    if (heap[child]! <= value) break;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = value;
}
