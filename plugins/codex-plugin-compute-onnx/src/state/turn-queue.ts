/** Runs tasks one after the other, in the order of their coming; a failed one does not stop the next. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task, task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
