import { InvalidArgumentError } from "commander";

/** A whole number from `min` on, for an option. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It takes a whole number, ${min} or more.`);
  };
}

/** What has the form of an SPDX expression, for an option. The ids are not looked up. */
export function spdxExpression(text: string): string {
  if (/^\(*[A-Z0-9][A-Z0-9.+:-]*\)*( (AND|OR|WITH) \(*[A-Z0-9][A-Z0-9.+:-]*\)*)*$/i.test(text)) return text;
  throw new InvalidArgumentError("It takes an SPDX expression, such as CC-BY-4.0 or (MIT OR Apache-2.0).");
}

/** An address on the web, or an npm package, for an option. */
export function homepage(text: string): string {
  const isPackage = /^npm:(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text);
  if (isPackage || (/^https?:\/\//i.test(text) && URL.canParse(text))) return text;
  throw new InvalidArgumentError("It takes an address, such as https://example.org/texts, or npm:PACKAGE.");
}

/** A number between bounds, for an option. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= min && value <= max) return value;
    const range = Number.isFinite(max) ? `from ${min} to ${max}` : `of ${min} or more`;
    throw new InvalidArgumentError(`It takes a number ${range}.`);
  };
}
