/**
 * A part that holds something: files, sockets, sessions. The kernel disposes parts last-in-first-out when the run
 * ends, every one of them, and reports all failures together.
 */
export interface Disposable {
  dispose(): void | Promise<void>;
}
