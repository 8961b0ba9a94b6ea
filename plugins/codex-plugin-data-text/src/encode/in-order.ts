/** What `work` makes of each item, in the items' order; up to `concurrency` are worked on at once. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    result.catch(() => {});
    pending.push(result);
    if (pending.length >= concurrency) yield await (pending.shift() as Promise<Result>);
  }
  for (const result of pending) yield await result;
}
