/**
 * Compares names so that numbers in them count as numbers: chapter_2 before chapter_10. Independent of any locale.
 */
export function naturalOrder(left: string, right: string): number {
  const leftParts = partsOf(left);
  const rightParts = partsOf(right);
  for (let index = 0; index < Math.min(leftParts.length, rightParts.length); index++) {
    const order = comparePart(leftParts[index]!, rightParts[index]!);
    if (order !== 0) return order;
  }
  return leftParts.length - rightParts.length || compareText(left, right);
}

function partsOf(name: string): string[] {
  return name.match(/[0-9]+|[^0-9]+/g) ?? [];
}

function comparePart(left: string, right: string): number {
  if (!isNumber(left) || !isNumber(right)) return compareText(left, right);
  const leftDigits = left.replace(/^0+(?=.)/, "");
  const rightDigits = right.replace(/^0+(?=.)/, "");
  return leftDigits.length - rightDigits.length || compareText(leftDigits, rightDigits);
}

function isNumber(part: string): boolean {
  return part >= "0" && part < ":";
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
