/** The text of one line or row of a file that holds many documents. */
export interface NumberedText {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}
