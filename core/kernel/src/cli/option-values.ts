import { InvalidArgumentError } from "commander";

/** A whole number from `min` on, for an option. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It takes a whole number, ${min} or more.`);
  };
}

/** A number between bounds, for an option. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    const range = Number.isFinite(max) ? `from ${min} to ${max}` : `of ${min} or more`;
    throw new InvalidArgumentError(`It takes a number ${range}.`);
  };
}
