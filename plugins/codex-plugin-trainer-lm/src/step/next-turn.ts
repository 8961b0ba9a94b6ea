/** Gives the event loop a turn: signals, trackers and readers wait for it while an eager backend computes. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
