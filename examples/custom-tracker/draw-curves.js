const width = 720;
const height = 360;
const margin = 48;
const colours = ["#1b6ca8", "#c8553d", "#3c8d40", "#7a4fa3"];

/** An SVG with a curve for each metric: `points` has a map from step to value for each. */
export function drawCurves(title, points) {
  const all = [...points.values()].flatMap((curve) => [...curve]);
  const x = scale(
    all.map(([step]) => step),
    margin,
    width - margin,
  );
  const y = scale(
    all.map(([, value]) => value),
    height - margin,
    margin,
  );
  const curves = [...points].map(([metric, curve], index) => {
    const path = [...curve]
      .sort(([left], [right]) => left - right)
      .map(([step, value]) => `${x.at(step)},${y.at(value)}`);
    const colour = colours[index % colours.length];
    return (
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path.join(" ")}"/>` +
      `<text x="${width - margin}" y="${margin + 16 * index}" fill="${colour}" text-anchor="end">${escaped(metric)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${margin}" y="24">${escaped(title)}</text>`,
    `<text x="${margin}" y="${height - 16}">step ${x.least} to ${x.most}</text>`,
    `<text x="4" y="${height - margin}">${y.least.toPrecision(3)}</text>`,
    `<text x="4" y="${margin}">${y.most.toPrecision(3)}</text>`,
    ...curves,
    "</svg>",
    "",
  ].join("\n");
}

function scale(values, from, to) {
  const least = values.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
  if (!(most > least)) return { least: values[0] ?? 0, most: values[0] ?? 0, at: () => ((from + to) / 2).toFixed(1) };
  return { least, most, at: (value) => (from + ((value - least) / (most - least)) * (to - from)).toFixed(1) };
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
